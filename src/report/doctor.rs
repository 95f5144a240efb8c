//! A checkup for a person: one line each, and what to do next in the same line, so that a search
//! of a log finds all of it.

use std::io;

use super::layout::{column, counted};
use super::sanitize::line;
use super::style::{Style, Tone};
use crate::plan::checkup::{Check, Checkup, Health};

/// What stands where a vendor would.
const HERE: &str = "(here)";

/// Writes a checkup.
///
/// # Errors
/// Those of `out`.
pub fn doctor(checkup: &Checkup, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let style = *style;
    let whose = |check: &Check| check.vendor.as_deref().map_or(HERE.into(), line);
    let vendors = column(checkup.checks.iter().map(whose));
    let topics = column(checkup.checks.iter().map(|it| it.topic.as_str()));
    for check in &checkup.checks {
        let (vendor, topic) = (whose(check), check.topic.as_str());
        let state = style.paint(tone(check.state), format!("{:<7}", check.state.as_str()));
        write!(
            out,
            "{state}  {vendor:<vendors$}  {topic:<topics$}  {}",
            line(&check.found)
        )?;
        match &check.next {
            None => writeln!(out)?,
            Some(next) => writeln!(out, "; {} {}", style.paint(Tone::Head, "next:"), line(next))?,
        }
    }
    let parts: Vec<String> = Health::ALL
        .into_iter()
        .map(|state| (checkup.count(state), state))
        .filter(|(count, state)| *count > 0 || *state == Health::Fail)
        .map(|(count, state)| format!("{count} {}", state.as_str()))
        .collect();
    let worst = match (checkup.count(Health::Fail), checkup.count(Health::Warn)) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Change,
        (_, _) => Tone::Alarm,
    };
    let sums = format!(
        "{}: {}",
        counted(checkup.checks.len(), "check"),
        parts.join(", ")
    );
    writeln!(out, "\n{}", style.paint(worst, sums))
}

fn tone(state: Health) -> Tone {
    match state {
        Health::Ok => Tone::Good,
        Health::Warn => Tone::Change,
        Health::Fail => Tone::Alarm,
        Health::Unknown => Tone::Aside,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::plan::checkup::Topic;

    pub(in crate::report) fn checkup() -> Checkup {
        let next = "get new ones and put them into the environment variable T";
        Checkup {
            made_at: jiff::Timestamp::from_second(1_767_578_400).unwrap(),
            checks: vec![
                Check::ok(Topic::Roster, "2 people, 1 vendor"),
                Check::ok(Topic::Reach, "https://x.example answers").at("bitsight"),
                Check::bad(Topic::Credentials, Health::Fail, "refused: \u{1b}[2J", next)
                    .at("bitsight"),
                Check::bad(
                    Topic::Quota,
                    Health::Unknown,
                    "the vendor does not tell",
                    "compare",
                )
                .at("bitsight"),
                Check::bad(Topic::Clock, Health::Warn, "90 s behind ours", "set it").at("bitsight"),
            ],
        }
    }

    #[test]
    fn every_check_is_one_line_with_its_next_step() {
        let mut out = Vec::new();
        doctor(&checkup(), &Style::default(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "ok       (here)    roster       2 people, 1 vendor\n\
             ok       bitsight  reach        https://x.example answers\n\
             fail     bitsight  credentials  refused: \\u{1b}[2J; next: get new ones and put them \
             into the environment variable T\n\
             unknown  bitsight  quota        the vendor does not tell; next: compare\n\
             warn     bitsight  clock        90 s behind ours; next: set it\n\
             \n5 checks: 2 ok, 1 warn, 1 fail, 1 unknown\n"
        );
    }
}
