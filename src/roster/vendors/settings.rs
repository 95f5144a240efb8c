//! Settings with a shape of their own: `protect`, `limits`, `max`, and those of one kind.

use std::path::Path;

use super::keys::{LEAVERS, LIMITS, MAX, MOST_AT_ONCE, MOST_PER_SECOND};
use crate::model::email::EmailPattern;
use crate::model::off::Grace;
use crate::model::spec::{DeactivateMode, SettingKind, SettingSpec, SwitchOff, VendorSpec};
use crate::roster::base_url;
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::model::{Limits, Max, Setting, Spanned};
use crate::roster::values::{self, Problems};
use crate::roster::yaml::{Kind, Node};

pub(super) fn read_setting(
    setting: &SettingSpec,
    node: &Node<'_>,
    folder: &Path,
    problems: &mut Problems,
) -> Option<Setting> {
    let field = setting.name;
    match setting.kind {
        SettingKind::Text => {
            values::name(node, field, problems).map(|text| Setting::Text(text.value))
        }
        SettingKind::Flag => {
            values::flag(node, field, problems).map(|flag| Setting::Flag(flag.value))
        }
        SettingKind::Count => {
            values::count(node, field, 1..=u64::from(u32::MAX), problems).map(Setting::Count)
        }
        SettingKind::Email => {
            values::email(node, field, problems).map(|email| Setting::Text(email.value))
        }
        SettingKind::Path => {
            let path = values::name(node, field, problems)?;
            let joined = folder.join(&*path.value);
            Some(Setting::Text(joined.to_string_lossy().into()))
        }
        SettingKind::TextMap => {
            let entries = values::map(node, field, problems)?;
            let read = entries
                .iter()
                .filter_map(|(key, value)| {
                    let text = values::text(value, &key.text, problems)?;
                    Some((Box::from(key.text.as_ref()), text.value))
                })
                .collect();
            Some(Setting::TextMap(read))
        }
        SettingKind::Choice(words) => values::choice(node, field, words.iter().copied(), problems)
            .map(|word| Setting::Text(word.into())),
        SettingKind::Names => {
            let items = values::list(node, field, problems)?;
            let read = items
                .iter()
                .filter_map(|item| values::name(item, field, problems))
                .map(|item| item.value);
            Some(Setting::Names(read.collect()))
        }
        SettingKind::Preset(presets) => {
            let names = presets.iter().map(|it| it.name);
            values::choice(node, field, names, problems).map(|word| Setting::Text(word.into()))
        }
        // It was read before anything else of the vendor: the other keys go by it.
        SettingKind::Description => None,
        SettingKind::Url => base_url::address(node, field, problems).map(Setting::Text),
    }
}

/// An e-mail, or the login of somebody where accounts are known by one.
pub(super) fn email_or_login(
    node: &Node<'_>,
    field: &'static str,
    logins: bool,
    problems: &mut Problems,
) -> Option<Spanned<Box<str>>> {
    let is_login = matches!(&node.kind, Kind::Scalar { text, .. } if !text.contains('@'));
    match logins && is_login {
        true => values::name(node, field, problems),
        false => values::email(node, field, problems),
    }
}

/// `protect:` of a vendor or of the whole roster; `logins`: its accounts are known by logins, which
/// may stand there too.
pub(in crate::roster) fn protect(
    node: &Node<'_>,
    logins: bool,
    problems: &mut Problems,
) -> Vec<EmailPattern> {
    let items = values::list(node, "protect", problems).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let starred = matches!(&item.kind, Kind::Scalar { text, .. } if text.contains('*'));
            let pattern = match starred {
                true => values::name(item, "protect", problems)?,
                false => email_or_login(item, "protect", logins, problems)?,
            };
            match EmailPattern::parse(pattern.value) {
                Ok(pattern) => Some(pattern),
                Err(fault) => {
                    let text = format!("`protect` has a pattern that fits nobody: {fault}");
                    problems.push(Diagnostic::error(Code::NotAnEmail, item.span, text));
                    None
                }
            }
        })
        .collect()
}

pub(super) fn limits(node: &Node<'_>, limits: &mut Limits, problems: &mut Problems) {
    let Some(entries) = values::map(node, "limits", problems) else {
        return;
    };
    for (key, value) in entries {
        let field = key.text.as_ref();
        match field {
            "per_second" => {
                let read = values::rate(value, field, MOST_PER_SECOND, problems);
                limits.per_second = read.unwrap_or(limits.per_second);
            }
            "burst" => {
                let read = values::count(value, field, 1..=MOST_AT_ONCE, problems);
                let read = read.and_then(|count| u32::try_from(count).ok());
                limits.burst = read.unwrap_or(limits.burst);
            }
            "concurrency" => {
                let read = values::count(value, field, 1..=MOST_AT_ONCE, problems);
                let read = read.and_then(|count| usize::try_from(count).ok());
                limits.concurrency = read.unwrap_or(limits.concurrency);
            }
            "timeout" => {
                let read = values::duration(value, field, problems);
                limits.timeout = read.unwrap_or(limits.timeout);
            }
            "max_wait" => {
                let read = values::duration(value, field, problems);
                limits.max_wait = read.unwrap_or(limits.max_wait);
            }
            _ => {
                let known = LIMITS.iter().map(|(key, _)| *key);
                problems.push(values::unknown_key(key, "`limits`", known));
            }
        }
    }
}

pub(super) fn max(node: &Node<'_>, max: &mut Max, problems: &mut Problems) {
    let Some(entries) = values::map(node, "max", problems) else {
        return;
    };
    for (key, value) in entries {
        let field = key.text.as_ref();
        match field {
            "creates" => max.creates = values::bound(value, field, problems),
            "deactivations" => max.deactivations = values::bound(value, field, problems),
            "shrinkage" => max.shrinkage = values::bound(value, field, problems),
            "admin_grants" => max.admin_grants = values::bound(value, field, problems),
            "at_least" => {
                max.at_least = values::count(value, field, 0..=u64::from(u32::MAX), problems);
            }
            _ => {
                let known = MAX.iter().map(|(key, _)| *key);
                problems.push(values::unknown_key(key, "`max`", known));
            }
        }
    }
}

/// `leavers:`, with the place of `delete_after`.
pub(super) fn leavers(node: &Node<'_>, problems: &mut Problems) -> Option<Spanned<Grace>> {
    let mut delete_after = None;
    for (key, value) in values::map(node, "leavers", problems)? {
        let field = key.text.as_ref();
        if field == "delete_after" {
            let span = value.span;
            let read = values::days(value, field, problems);
            delete_after = read.map(|value| Spanned { value, span });
        } else {
            let known = LEAVERS.iter().map(|(key, _)| *key);
            problems.push(values::unknown_key(key, "`leavers`", known));
        }
    }
    delete_after
}

/// `delete_after` needs a vendor that can delete, and an off-switch that comes before.
pub(super) fn check_grace(
    grace: &Spanned<Grace>,
    vendor: &str,
    spec: &VendorSpec,
    deactivate: SwitchOff,
    problems: &mut Problems,
) {
    let has = |mode| spec.deactivate.iter().find(|choice| choice.mode == mode);
    let (message, help) = match (has(DeactivateMode::Delete), deactivate.mode) {
        (None, _) => (
            format!("{} has no call that deletes an account", spec.title),
            String::from("take `leavers` out; accounts of leavers stay off"),
        ),
        (Some(_), DeactivateMode::Reversible) => return,
        (Some(_), DeactivateMode::Manual) => (
            format!(
                "nobody can tell since when accounts at {vendor} are off while `deactivate` is \
                 `{}`",
                deactivate.name
            ),
            has(DeactivateMode::Reversible).map_or_else(
                || String::from("take `leavers` out"),
                |choice| format!("write `deactivate: {}`, or take `leavers` out", choice.name),
            ),
        ),
        (Some(_), DeactivateMode::Delete) => (
            format!(
                "`deactivate: {}` deletes at once; nothing is left to delete after {}",
                deactivate.name, grace.value
            ),
            has(DeactivateMode::Reversible).map_or_else(
                || String::from("take `leavers` out"),
                |choice| {
                    format!(
                        "write `deactivate: {}` to switch accounts off first, or take `leavers` \
                         out",
                        choice.name
                    )
                },
            ),
        ),
    };
    problems.push(Diagnostic::error(Code::Conflict, grace.span, message).help(help));
}
