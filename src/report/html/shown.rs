//! The plan document as a page shows it: every text harmless to look at, people masked where that
//! is wanted, and without what only an apply needs.
//!
//! Everything is taken apart by name: a new field fails to compile here instead of showing what a
//! mask should hide.

use crate::model::action::{Action, Change};
use crate::model::mask::{masked, without_emails};
use crate::model::plan::Ending;
use crate::model::spec::VendorSpec;
use crate::model::value::Value;
use crate::report::changes::honest;
use crate::report::facts::is_name;
use crate::report::layout::name_of;
use crate::report::sanitize::line;
use crate::report::v1::{
    Document, Notice, Outcome, Planned, ReadVendor, Unlisted, UnreadVendor, Vendor, WithheldAction,
};

use super::Options;

/// What stands for the name of a masked person.
const MASKED: &str = "(masked)";

/// How texts are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Show<'a> {
    pub(super) options: &'a Options,
}

impl Show<'_> {
    /// A document in which every text can be shown as it is.
    pub(super) fn document(self, document: Document) -> Document {
        let Document {
            format,
            tool,
            created_at,
            on,
            roster,
            vendors,
            summary,
            attention,
            actions,
            manual,
            held,
            unlisted,
            notices,
            ending,
            digest,
        } = document;
        let spec = |vendor: &str| {
            let kind = vendors.get(vendor).map(|it| match it {
                Vendor::Read(it) => &it.kind,
                Vendor::Unread(it) => &it.kind,
            });
            kind.and_then(|kind| self.options.spec(kind))
        };
        let action = |it: Action| {
            let spec = spec(&it.vendor);
            self.action(it, spec)
        };
        let planned = |it: Planned| Planned {
            action: action(it.action),
            cause: it.cause,
            files: self.files(&it.files),
        };
        let kept = |it: WithheldAction| WithheldAction {
            action: action(it.action),
            cause: it.cause,
            files: self.files(&it.files),
            why: self.text(&it.why),
        };
        Document {
            actions: actions.into_iter().map(planned).collect(),
            manual: manual.into_iter().map(kept).collect(),
            held: held.into_iter().map(kept).collect(),
            format,
            tool,
            created_at,
            on,
            roster,
            vendors: vendors
                .into_iter()
                .map(|(name, it)| (line(&name).into(), self.vendor(it)))
                .collect(),
            summary,
            attention: self.attention(attention),
            unlisted: unlisted.into_iter().map(|it| self.unlisted(it)).collect(),
            notices: notices.into_iter().map(|it| self.notice(it)).collect(),
            ending: ending.into_iter().map(|it| self.ending(it)).collect(),
            digest,
        }
    }

    /// An outcome in which every text can be shown as it is.
    pub(super) fn outcome(self, outcome: Outcome) -> Outcome {
        let Outcome {
            vendor,
            action,
            email,
            id,
            outcome,
            status,
            message,
            seconds,
        } = outcome;
        let (email, id) = self.person(&email, id);
        Outcome {
            vendor: line(&vendor).into(),
            action,
            email,
            id,
            outcome,
            status,
            message: self.text(&message),
            seconds,
        }
    }

    fn files(self, files: &[Box<str>]) -> Vec<Box<str>> {
        files.iter().map(|path| self.text(path).into()).collect()
    }

    /// A text in which no e-mail is left where people are masked.
    pub(super) fn text(self, text: &str) -> String {
        self.text_by(text, line)
    }

    fn text_by(self, text: &str, show: fn(&str) -> String) -> String {
        if self.options.mask {
            show(&without_emails(text))
        } else {
            show(text)
        }
    }

    /// A person's name on the page, which is the e-mail where there is one, and the id beside it;
    /// a mask leaves no id, as some vendors make it of the name.
    pub(super) fn person(self, email: &str, id: Option<Box<str>>) -> (Box<str>, Option<Box<str>>) {
        if !self.options.mask {
            let name = name_of(email, id.as_deref());
            return (name.into(), id.map(|id| line(&id).into()));
        }
        let name = match (email.trim().is_empty(), id) {
            (true, Some(id)) => masked(&format!("id {id}")),
            (true, None) => name_of(email, None),
            (false, _) => masked(email),
        };
        (line(&name).into(), None)
    }

    /// The e-mail of an account that differs from its person's.
    pub(super) fn email(self, email: &str) -> Box<str> {
        self.person(email, None).0
    }

    fn vendor(self, vendor: Vendor) -> Vendor {
        match vendor {
            Vendor::Read(ReadVendor {
                kind,
                base_url,
                place,
                observed,
                accounts,
                unchanged,
                mut proof,
                forecast,
            }) => Vendor::Read(ReadVendor {
                kind: line(&kind).into(),
                base_url: line(&base_url).into(),
                place: place.map(|it| line(&it).into()),
                observed,
                accounts,
                unchanged,
                proof: {
                    proof.missing = proof.missing.map(|it| self.text(&it));
                    proof
                },
                forecast,
            }),
            Vendor::Unread(UnreadVendor { kind, error }) => Vendor::Unread(UnreadVendor {
                kind: line(&kind).into(),
                error: self.text(&error),
            }),
        }
    }

    fn action(self, action: Action, spec: Option<&VendorSpec>) -> Action {
        let Action {
            vendor,
            kind,
            email,
            // The page has it where it tells more than the changes.
            account_email: _,
            id,
            changes,
            reason,
            // Only an apply needs it.
            current: _,
        } = action;
        let (email, id) = self.person(&email, id);
        let changes = changes.into_iter().map(|it| self.change(it, spec));
        Action {
            vendor: line(&vendor).into(),
            kind,
            email,
            account_email: None,
            id,
            changes: changes.collect(),
            reason: self.text(&reason),
            current: None,
        }
    }

    fn change(self, change: Change, spec: Option<&VendorSpec>) -> Change {
        let Change {
            attribute,
            before,
            after,
        } = change;
        if self.options.mask && is_name(spec, &attribute) {
            return Change {
                attribute: line(&attribute).into(),
                before: before.map(|_| Value::text(MASKED)),
                after: Value::text(MASKED),
            };
        }
        let show = match (&before, &after) {
            (Some(Value::Text(before)), Value::Text(after)) => honest(before, after),
            _ => line,
        };
        let value = |it| self.value(it, show);
        Change {
            attribute: line(&attribute).into(),
            before: before.map(value),
            after: value(after),
        }
    }

    pub(super) fn value(self, value: Value, show: fn(&str) -> String) -> Value {
        match value {
            Value::Flag(flag) => Value::Flag(flag),
            Value::Text(text) => Value::text(self.text_by(&text, show)),
            Value::Set(items) => {
                Value::Set(items.iter().map(|item| self.text(item).into()).collect())
            }
        }
    }

    fn unlisted(self, account: Unlisted) -> Unlisted {
        let Unlisted {
            vendor,
            email,
            id,
            why,
        } = account;
        let (email, id) = self.person(&email, id);
        Unlisted {
            vendor: line(&vendor).into(),
            email,
            id,
            why: why.map(|why| self.text(&why)),
        }
    }

    fn notice(self, notice: Notice) -> Notice {
        let Notice {
            level,
            vendor,
            email,
            text,
        } = notice;
        Notice {
            level,
            vendor: vendor.map(|vendor| line(&vendor).into()),
            email: email.map(|email| self.email(&email)),
            text: self.text(&text),
        }
    }

    fn ending(self, ending: Ending) -> Ending {
        let Ending {
            email,
            ends,
            vendors,
        } = ending;
        Ending {
            email: self.email(&email),
            ends,
            vendors: vendors.iter().map(|it| line(it).into()).collect(),
        }
    }
}
