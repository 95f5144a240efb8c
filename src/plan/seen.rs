//! What was seen at a tenant, as far as a plan goes by it: what is held, what is doubted, and what
//! there is to say. That a way of switching off does not work is in the settings by then.

use crate::model::action::ActionKind;
use crate::model::certificate::Answer;
use crate::model::plan::{Level, Notice};
use crate::model::question::Effect;
use crate::roster::model::VendorSettings;

/// Why an action of that kind is held, if what was seen holds it.
pub(super) fn holds(settings: &VendorSettings, kind: ActionKind) -> Option<String> {
    let mut effects = settings.answers.effects();
    effects.find_map(|(id, answer, effect)| {
        let held = match effect {
            Effect::HoldsCreates => kind == ActionKind::Create,
            Effect::HoldsUpdates => kind == ActionKind::Update,
            Effect::HoldsChanges => !matches!(kind, ActionKind::Create | ActionKind::Delete),
            _ => false,
        };
        held.then(|| seen(settings, id, answer))
    })
}

/// What speaks against a whole read, by what was seen.
pub(super) fn doubts(settings: &VendorSettings) -> impl Iterator<Item = String> {
    let effects = settings.answers.effects();
    let doubts = effects.filter(|(_, _, effect)| *effect == Effect::Doubts);
    doubts.map(|(id, answer, _)| seen(settings, id, answer))
}

/// What there is to say of what was seen, or was not.
pub(super) fn notices(settings: &VendorSettings) -> Vec<Notice> {
    let notice = |level, text| Notice {
        level,
        email: None,
        text,
    };
    let mut notices = Vec::new();
    if settings.observe {
        let text = "`mode: observe`: what is planned here is shown and never written";
        notices.push(notice(Level::Info, text.to_owned()));
    }
    let asked = !settings.spec.questions.is_empty();
    if settings.certificate.is_none() && asked && !settings.in_sandbox {
        let text = "nothing was seen at this tenant: what the vendor's documentation leaves open is \
                    assumed; `rosterctl doctor --probe` looks";
        notices.push(notice(Level::Info, text.to_owned()));
    }
    let doubts = settings.answers.doubts.iter().cloned();
    notices.extend(doubts.map(|text| notice(Level::Warning, text)));
    let effects = settings.answers.effects();
    let effects = effects.filter(|(_, _, effect)| *effect != Effect::None);
    notices.extend(effects.map(|(id, answer, _)| notice(Level::Info, seen(settings, id, answer))));
    notices
}

/// What was seen, and what that changes.
fn seen(settings: &VendorSettings, id: &str, answer: &Answer) -> String {
    let question = settings.spec.questions.iter().find(|it| it.id == id);
    let possible = question.and_then(|it| it.answer(&answer.to_string()));
    let changes = possible.map_or("", |it| it.changes);
    format!("by the certificate, {id} is {answer}: {changes}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::model::desired::{Access, DesiredAccount};
    use crate::model::spec::{AttributeKind, Required, VendorSpec};
    use crate::model::value::Value;
    use crate::plan::testing::*;
    use crate::roster::model::Setting;

    const TODAY: Date = Date::constant(2026, 6, 1);

    /// Somebody with all that a new account needs.
    fn whole(spec: &'static VendorSpec, email: &str) -> DesiredAccount {
        let needed = spec
            .attributes
            .iter()
            .filter(|it| it.required != Required::No);
        needed.fold(person(email), |want, attribute| {
            let value = match attribute.kind {
                AttributeKind::Choice(words) | AttributeKind::Slug(words) => {
                    Value::text(*words.first().unwrap_or(&"word"))
                }
                AttributeKind::Flag => Value::Flag(true),
                _ => Value::text("word"),
            };
            want.wants(attribute.name, value)
        })
    }

    /// What is planned for somebody new, a change of somebody, and a leaver, with what an answer does.
    fn planned(
        spec: &'static VendorSpec,
        change: impl FnOnce(&mut VendorSettings),
    ) -> (Vec<String>, VendorSettings) {
        let name = spec.names().first().copied().unwrap_or("name");
        let leaver = DesiredAccount {
            access: Access::Left,
            ..whole(spec, "left@x.com")
        };
        let changed = whole(spec, "changed@x.com").wants(name, Value::text("new"));
        let wants = [whole(spec, "new@x.com"), changed, leaver];
        let mut shown = account("changed@x.com", "1");
        for attribute in spec
            .attributes
            .iter()
            .filter(|it| it.required != Required::No)
        {
            let want = whole(spec, "x@x.com");
            let value = want.attributes.get(attribute.name).cloned();
            shown.attributes.insert(attribute.name, value);
        }
        shown.attributes.insert(name, Some(Value::text("old")));
        let have = [shown, account("left@x.com", "2"), account("own@x.com", "3")];
        let mut kept = None;
        let case = Case::new(spec, wants, have).with(|it| {
            change(&mut it.settings);
            kept = Some(it.settings.clone());
        });
        let plan = case.plan();
        let words = lines(&plan).into_iter().map(|(line, _)| line);
        let actions = words.filter(|it| it.contains("@x.com") && !it.starts_with("unlisted"));
        (actions.collect(), kept.expect("the case was changed"))
    }

    const DESCRIPTION: &str = "connector: 1
title: Acme
rights: any
auth: { bearer: token }
users:
  id: /id
  email: /mail
  active: { at: /on, active: [true] }
  list: { get: /users, items: /all, whole: true }
  get: { get: \"/users/{id}\" }
  create: { post: /users, send: { /mail: \"{email}\" } }
  update: { patch: \"/users/{id}\" }
  deactivate: { patch: \"/users/{id}\", send: { /on: false } }
  reactivate: { patch: \"/users/{id}\", send: { /on: true } }
attributes:
  first_name: { at: /first }
";

    /// All kinds, and one that a file describes.
    fn kinds() -> Vec<&'static VendorSpec> {
        let read = crate::description::read("acme", DESCRIPTION);
        let described = read
            .description
            .unwrap_or_else(|| panic!("{:?}", read.diagnostics));
        let mut kinds = crate::connector::specs();
        kinds.push(crate::description::declared(&described));
        kinds
    }

    #[test]
    fn a_plan_does_what_an_answer_asks() {
        for spec in kinds() {
            for question in spec.questions {
                for possible in question.answers {
                    let off = match possible.effect {
                        Effect::ByHand(way) => spec.deactivate.iter().find(|it| it.name == way),
                        _ => spec.deactivate.first(),
                    };
                    let off = *off.expect("a kind can switch off");
                    let (before, _) = planned(spec, |it| it.deactivate = off);
                    let (after, settings) = planned(spec, |it| {
                        it.deactivate = off;
                        it.certify(TODAY, &[(question.id, possible.word)]);
                    });
                    let differs = |email: &str, prefix: &str| {
                        let find =
                            |all: &[String]| all.iter().find(|it| it.contains(email)).cloned();
                        let (was, is) = (find(&before), find(&after).unwrap_or_default());
                        was != Some(is.clone()) && is.starts_with(prefix)
                    };
                    let what = format!(
                        "{} {} {}: {after:#?}",
                        spec.kind, question.id, possible.word
                    );
                    match possible.effect {
                        Effect::None => assert_eq!(before, after, "{what}"),
                        Effect::Flag(name) => assert!(settings.flag(name), "{what}"),
                        Effect::Text(name) => {
                            assert_eq!(settings.text(name), Some(possible.word), "{what}");
                        }
                        Effect::ByHand(_) => assert!(differs("left@x.com", "manual"), "{what}"),
                        Effect::Doubts => {
                            assert!(differs("new@x.com", "held"), "{what}");
                            assert!(differs("left@x.com", "held"), "{what}");
                        }
                        Effect::HoldsCreates => assert!(differs("new@x.com", "held"), "{what}"),
                        Effect::HoldsUpdates => {
                            assert!(differs("changed@x.com", "held"), "{what}");
                        }
                        Effect::HoldsChanges => {
                            assert!(differs("changed@x.com", "held"), "{what}");
                            assert!(differs("left@x.com", "held"), "{what}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn what_the_roster_says_is_not_changed_by_a_certificate() {
        let spec = crate::connector::bitsight::KIND.spec;
        let mut said = settings(spec);
        said.settings.insert("wrap_user", Setting::Flag(false));
        said.certify(TODAY, &[("body", "wrapped")]);
        assert!(!said.flag("wrap_user"));
    }

    #[test]
    fn a_vendor_that_nothing_was_seen_of_says_so_once() {
        let spec = crate::connector::bitsight::KIND.spec;
        let mut never = settings(spec);
        let told = |settings: &VendorSettings| notices(settings).len();
        assert_eq!(told(&never), 1);
        never.certify(TODAY, &[("body", "flat")]);
        assert_eq!(told(&never), 0);
        let mut sandbox = settings(spec);
        sandbox.in_sandbox = true;
        assert_eq!(told(&sandbox), 0);
    }
}
