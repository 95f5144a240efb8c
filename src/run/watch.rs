//! Whoever started a run: hears what it tells, and may ask it to stop.

use async_trait::async_trait;

/// Whoever started a run: a terminal, or a test.
#[async_trait(?Send)]
pub trait Watcher: Sync {
    /// Hears one line for people. Names in it are as they were read.
    fn note(&self, line: &str);

    /// From now on the run holds something that it has to give back.
    fn holds(&self);

    /// Keeps the run from being dropped half-way, until the shield is dropped.
    fn shield(&self) -> Box<dyn Shield + '_>;

    /// From now on the run heeds by itself that it is asked to stop.
    fn take_over(&self);

    /// How often the run was asked to stop so far.
    fn asked(&self) -> u32;

    /// Waits until the run was asked to stop so often.
    async fn asks(&self, times: u32);
}

/// Keeps a run from being dropped half-way.
pub trait Shield {}
