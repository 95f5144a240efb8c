//! Lists of profiles as people, teams and members have them: names, or names with days.

use super::model::{Days, ProfileGrant, Spanned};
use super::texts::Texts;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use crate::roster::diagnostic::{Code, Diagnostic};
use jiff::civil::Date;

/// The keys of a profile with days.
pub(super) const KEYS: &[&str] = &["name", "starts", "ends"];

/// Reads a list of profiles.
pub(super) fn grants(
    node: &Node<'_>,
    texts: &mut Texts,
    problems: &mut Problems,
) -> Vec<ProfileGrant> {
    let items = values::list(node, "profiles", problems).unwrap_or_default();
    let mut grants = Vec::with_capacity(items.len());
    for item in items {
        grants.extend(match &item.kind {
            Kind::Map(entries) => with_days(item, entries, texts, problems),
            Kind::Scalar { .. } | Kind::List(_) | Kind::Broken => {
                values::words(item, "profiles", problems).map(|name| ProfileGrant {
                    name: texts.share(name),
                    span: item.span,
                    team: None,
                    days: None,
                })
            }
        });
    }
    grants
}

/// `{ name: on-call, starts: 2026-06-01, ends: 2026-06-30 }`
fn with_days(
    item: &Node<'_>,
    entries: &[(Name<'_>, Node<'_>)],
    texts: &mut Texts,
    problems: &mut Problems,
) -> Option<ProfileGrant> {
    let (mut name, mut starts, mut ends) = (None, None, None);
    let mut named = false;
    for (key, value) in entries {
        match key.text.as_ref() {
            "name" => {
                named = true;
                name = values::words(value, "name", problems);
            }
            "starts" => starts = values::date(value, "starts", problems),
            "ends" => ends = values::date(value, "ends", problems),
            _ => problems.push(values::unknown_key(
                key,
                "a profile with days",
                KEYS.iter().copied(),
            )),
        }
    }
    if !named {
        problems.push(
            Diagnostic::error(Code::MissingKey, item.span, "this profile has no `name`")
                .help("write which profile it is: `- { name: …, starts: …, ends: … }`"),
        );
    }
    Some(ProfileGrant {
        name: texts.share(name?),
        span: item.span,
        team: None,
        days: days(starts.as_ref(), ends.as_ref(), problems).boxed(),
    })
}

/// Days as they are written. Rule 4: the last one cannot come before the first.
pub(super) fn days(
    starts: Option<&Spanned<Date>>,
    ends: Option<&Spanned<Date>>,
    problems: &mut Problems,
) -> Days {
    if let (Some(starts), Some(ends)) = (starts, ends)
        && ends.value < starts.value
    {
        problems.push(
            Diagnostic::error(
                Code::EndsBeforeStarts,
                ends.span,
                format!("`ends` comes before `starts` ({})", starts.value),
            )
            .related(starts.span, "the first day")
            .help("both days are days with access; `ends` may be the same day, not an earlier one"),
        );
    }
    Days {
        starts: starts.map(|it| it.value),
        ends: ends.map(|it| it.value),
    }
}
