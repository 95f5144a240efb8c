//! `--mask`: documents with people as initials and a short hash. What is about a person and carries no
//! right is left out.

use super::access::{Access, Row};
use super::cover::Uncovered;
use super::history::{Entry, History, Run};
use super::pack::Pack;
use super::review::{Review, Right};
use super::revoked::Revocation;
use super::word::Commit;
use crate::model::mask::{masked, without_emails};
use crate::model::note::HeldNote;
use crate::model::value::Value;

/// What has people in it.
pub trait Mask {
    /// Masks them.
    fn mask(&mut self);
}

/// An e-mail, a login or a name.
fn person(name: &mut Box<str>) {
    if !name.is_empty() {
        *name = masked(name).into();
    }
}

/// An id, which some vendors make of an e-mail.
fn id(id: &mut Option<Box<str>>) {
    if let Some(id) = id {
        *id = without_emails(id).into();
    }
}

fn text(text: &mut String) {
    *text = without_emails(text);
}

impl<T: Mask> Mask for Vec<T> {
    fn mask(&mut self) {
        self.iter_mut().for_each(Mask::mask);
    }
}

impl Mask for Row {
    fn mask(&mut self) {
        person(&mut self.email);
        self.person.iter_mut().for_each(person);
        id(&mut self.id);
        let logins = |name: &str| name == crate::model::spec::LOGIN;
        for (name, value) in &mut self.rights {
            let Some(value) = value else { continue };
            match value {
                Value::Text(it) if logins(name) => *it = masked(it).into(),
                Value::Text(it) => *it = without_emails(it).into(),
                Value::Set(items) => {
                    *value = Value::set(items.iter().map(|it| without_emails(it)));
                }
                Value::Flag(_) => {}
            }
        }
    }
}

impl Mask for Access {
    fn mask(&mut self) {
        self.accounts.mask();
        for source in self.vendors.values_mut() {
            let told = source.problem.iter_mut().chain(&mut source.limit);
            told.for_each(text);
        }
    }
}

impl Mask for Entry {
    fn mask(&mut self) {
        person(&mut self.email);
        self.person.iter_mut().for_each(person);
        id(&mut self.id);
        text(&mut self.reason);
        for difference in &mut self.differences {
            if difference.personal {
                difference.before = String::from("(masked)");
                difference.after = String::from("(masked)");
            } else {
                text(&mut difference.before);
                text(&mut difference.after);
            }
        }
    }
}

impl Mask for Run {
    fn mask(&mut self) {
        self.context = self.context.masked();
        self.author.iter_mut().for_each(person);
        for approval in &mut self.approvals {
            person(&mut approval.login);
        }
    }
}

impl Mask for Uncovered {
    fn mask(&mut self) {
        text(&mut self.why);
    }
}

impl Mask for History {
    fn mask(&mut self) {
        self.changes.mask();
        self.runs.mask();
        self.uncovered.mask();
    }
}

impl Mask for Right {
    fn mask(&mut self) {
        self.account.mask();
        text(&mut self.value);
        text(&mut self.line);
        self.change.iter_mut().for_each(Mask::mask);
    }
}

impl Mask for Review {
    fn mask(&mut self) {
        self.access.mask();
        self.rights.mask();
        self.runs.mask();
    }
}

impl Mask for Commit {
    fn mask(&mut self) {
        person(&mut self.author);
        // Whoever wrote it may have named somebody in any form.
        self.subject = "(masked)".into();
    }
}

impl Mask for Revocation {
    fn mask(&mut self) {
        person(&mut self.email);
        self.commit.mask();
        text(&mut self.note);
    }
}

impl Mask for HeldNote {
    fn mask(&mut self) {
        person(&mut self.email);
        text(&mut self.why);
    }
}

impl Mask for Pack {
    fn mask(&mut self) {
        let Self {
            start,
            end,
            history,
            rules,
            revocations,
            exceptions,
            runs,
            reads: _,
            masked,
            ..
        } = self;
        start.mask();
        end.mask();
        history.mask();
        revocations.mask();
        runs.mask();
        for rule in rules {
            rule.commit.mask();
            rule.before.iter_mut().chain(&mut rule.after).for_each(text);
        }
        for exception in exceptions {
            exception.person.iter_mut().for_each(person);
            text(&mut exception.what);
        }
        *masked = true;
    }
}
