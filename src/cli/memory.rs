//! No file of this process's memory: it has secrets in it.

/// Has the system write no core dump, however the process ends, and let no other process of the same
/// user look into its memory. Where the system refuses, the run goes on: it is a second line.
pub(super) fn forbid_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let nothing = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, nothing);
    }
    // The limit does not count where the system hands dumps to a program.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
