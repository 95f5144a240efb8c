//! The binary: run the command line, turn the result into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    // One thread: the work is waiting for vendors, and one thread is faster and simpler at that.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime without options can always be built");
    let exit = runtime.block_on(rosterctl::cli::run(std::env::args_os()));
    // Calls that a second signal abandoned must not keep the process alive.
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}
