#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rosterctl::fuzzing::run("history", bytes));
