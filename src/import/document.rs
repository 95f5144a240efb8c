//! A draft as a document of its own: comments, profiles, people.

use super::yaml::{self, Layout};
use super::{Drafted, Holding, ImportDraft, Source};
use crate::model::spec::ReadFrom;
use crate::model::value::Value;
use crate::plan::guard::{Allowed, Guard};

/// What stands above the people.
#[derive(Debug, Clone)]
pub struct Heading {
    /// When the vendors were read.
    pub read_at: jiff::Timestamp,
    /// Name and version of the program.
    pub tool: String,
}

/// The text of a roster file without `vendors`: those are in the roster that was given.
pub fn document(source: &Source<'_>, draft: &ImportDraft, heading: &Heading) -> String {
    let mut lines: Vec<String> = Vec::new();
    for text in head(source, draft, heading) {
        lines.extend(yaml::comment(&text, 0));
    }
    lines.push(String::from("version: 1"));
    if !draft.profiles.is_empty() {
        lines.extend([String::new(), String::from("profiles:")]);
        for (at, (name, profile)) in draft.profiles.iter().enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            lines.extend(yaml::profile(name, profile, Layout::OURS));
        }
    }
    lines.push(String::new());
    if draft.people.is_empty() {
        lines.push(String::from("people: []"));
    } else {
        lines.push(String::from("people:"));
        for (at, it) in draft.people.iter().enumerate() {
            if at > 0 {
                lines.push(String::new());
            }
            lines.extend(yaml::person(&it.person, &it.remarks, Layout::OURS));
        }
    }
    if !draft.left_out.is_empty() {
        lines.push(String::new());
        lines.extend(yaml::comment("Not imported:", 0));
        for text in &draft.left_out {
            lines.extend(yaml::comment(&format!("- {text}"), 0));
        }
    }
    if !draft.unnamed.is_empty() {
        lines.push(String::new());
        lines.extend(yaml::comment("Left to you:", 0));
        for unnamed in &draft.unnamed {
            lines.extend(yaml::comment(&format!("- {}", unnamed.text), 0));
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// What was read, one text for each paragraph of comments.
fn head(source: &Source<'_>, draft: &ImportDraft, heading: &Heading) -> Vec<String> {
    let Heading { read_at, tool } = heading;
    let read_at = read_at.strftime("%Y-%m-%d at %H:%M UTC");
    let mut texts = vec![format!(
        "People as the vendors hold them, read on {read_at} by {tool}. The vendors themselves are \
         in the roster that this was made from; use both together."
    )];
    if !source.roster.people.is_empty() {
        texts.push(format!(
            "People whom that roster lists already are left out ({}).",
            source.roster.people.len()
        ));
    }
    texts.push(String::new());
    for holding in &source.holdings {
        texts.extend(vendor_lines(source, draft, holding));
    }
    texts.push(String::new());
    texts
}

fn vendor_lines(source: &Source<'_>, draft: &ImportDraft, holding: &Holding<'_>) -> Vec<String> {
    let Holding {
        settings,
        known,
        first: _,
    } = holding;
    let name = &settings.name;
    let named = |it: &&Drafted| {
        let person = &it.person;
        let mut profiles = person.profiles.iter();
        person.accounts.get(name).is_some()
            || profiles.any(|profile| {
                let ours = draft.profiles.get(&*profile.name);
                let given = source.roster.profiles.get(&*profile.name);
                ours.or(given)
                    .is_some_and(|profile| profile.accounts.get(name).is_some())
            })
    };
    let people = draft.people.iter().filter(named).count();
    let current = &known.current;
    let off = current.accounts.iter().filter(|it| !it.active).count();
    let managed = current.accounts.iter().filter(|it| it.managed_by.is_some());
    let managed = managed.count();
    let mut line = format!("{name}: {} accounts", current.accounts.len());
    if off > 0 {
        line.push_str(&format!(", {off} of them switched off"));
    }
    line.push_str(&format!("; {people} imported"));
    if managed > 0 {
        line.push_str(&format!(
            "; {managed} are managed by somebody else (an identity provider) and change there"
        ));
    }
    let mut lines = vec![line];
    if settings.spec.read == ReadFrom::Record {
        lines.push(format!(
            "  {} has no list of its accounts: only those that the record knows are here",
            settings.spec.title
        ));
    }
    if let (Some(grace), true) = (settings.delete_after, off > 0) {
        lines.push(format!(
            "  switched-off accounts are left out, because the roster has those of leavers deleted \
             after {grace}"
        ));
    }
    let guard = Guard::new(settings, known, Allowed::default());
    if let Some(missing) = guard.unproved() {
        lines.push(format!("  the read was not proved complete: {missing}"));
    }
    lines.extend(left_alone(holding));
    lines
}

/// Values that many accounts have and the roster may not ask for.
fn left_alone(holding: &Holding<'_>) -> Option<String> {
    let Holding {
        settings,
        known,
        first: _,
    } = holding;
    settings.spec.attributes.iter().find_map(|spec| {
        let needs = spec.needs.filter(|needs| !settings.flag(needs.setting))?;
        let value = Value::from(needs.value);
        let accounts = known.current.accounts.iter();
        let count = accounts
            .filter(|it| it.attributes.get(spec.name) == Some(&Some(value.clone())))
            .count();
        (count > 0).then(|| {
            format!(
                "  {count} accounts have `{}: {}`, which the roster may ask for only with `{}: \
                 true` under the vendor",
                spec.name, needs.value, needs.setting
            )
        })
    })
}
