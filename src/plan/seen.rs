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
    effects.find_map(|(id, answer, effect)| match effect {
        Effect::Holds(kinds) if kinds.contains(&kind) => Some(seen(settings, id, answer)),
        _ => None,
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
