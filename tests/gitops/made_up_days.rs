//! The program as it is, but for the time, which `SOURCE_DATE_EPOCH` sets everywhere: for the play of a
//! whole year. What is released has no such switch.

use std::process::ExitCode;

use rosterctl::cli::{Calendar, run};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime without options can always be built");
    let arguments = std::env::args_os().collect();
    let exit = runtime.block_on(run(arguments, Calendar::MadeUp));
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}
