//! People whom no account was matched to or who were not looked up: what the plan says of them.

use super::Planner;
use crate::model::desired::{Access, DesiredAccount};
use crate::model::plan::Level;
use crate::model::spec::ReadFrom;
use crate::plan::reason::leaver_reason;

impl Planner<'_> {
    /// Counts people who were not looked up.
    pub(super) fn tell_unsearched(&mut self) {
        if self.unsearched > 0 {
            let count = self.unsearched;
            let text =
                format!("{count} people were not looked up, whom this change does not touch");
            self.notice(Level::Info, None, text);
        }
    }

    /// Nobody to switch off; where the vendor cannot be listed, that is not certain.
    pub(super) fn absent_leaver(&mut self, want: &DesiredAccount) {
        // Somebody who has not started yet never had access that could be left open.
        let started = !matches!(want.access, Access::NotYet(_));
        let odd = self.odd.candidate(self.input.settings.spec, want);
        if let Some(odd) = odd.filter(|_| started) {
            let why = format!(
                "{} {} and may be this person's account; switch it off there by hand, or put it \
                 right first",
                odd.name, odd.why
            );
            let reason = leaver_reason(want.access);
            self.hold(self.action(self.removal(), want, None, reason), why);
        } else if self.input.settings.spec.read == ReadFrom::Record && started {
            self.notice(
                Level::Warning,
                Some(&want.email),
                format!(
                    "{}, and the record knows no account; if there is one, it has to be switched \
                     off by hand or entered into the record first",
                    leaver_reason(want.access)
                ),
            );
        } else {
            self.unchanged += 1;
        }
    }
}
