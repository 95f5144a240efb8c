//! What whoever approves a plan has to see first: in the markup, above everything else.

use super::Options;
use super::markup::Markup;
use super::shown::Show;
use crate::model::attention::{AdminGrant, RuleChange};
use crate::model::attention::{Attention, GrantKind};
use crate::report::facts::{gone_told, grant_told, rule_told};
use crate::report::sanitize::line;
use crate::report::v1::attention as v1;

/// So many entries of one section are shown; a longer list is read by nobody, and its length is
/// what matters then.
const SHOWN: usize = 1000;

/// Adds the sections that have entries.
pub(super) fn attention(body: &mut Markup, attention: &Attention, options: &Options) {
    let show = Show { options };
    let Attention {
        administrators,
        gone,
        rules,
    } = attention;
    let vendor = |name: &Option<Box<str>>| show.text(name.as_deref().unwrap_or("the roster"));
    let rows = administrators.iter().map(|it| Row {
        word: match it.how {
            GrantKind::Becomes => ("administrator", "administrator"),
            GrantKind::ChangesHands => ("changes hands", "administrator"),
        },
        vendor: show.text(&it.vendor),
        email: Some(show.email(&it.email)),
        told: show.text(&grant_told(it)),
    });
    let id = "administrators";
    section(body, id, "Administrators", &rows.collect::<Vec<_>>());
    let rows = gone.iter().map(|it| Row {
        word: match (it.admin, it.stays) {
            (true, _) => ("administrator", "administrator"),
            (false, true) => ("stays", "bad"),
            (false, false) => ("ends", "warn"),
        },
        vendor: vendor(&it.vendor),
        email: Some(show.email(&it.email)),
        told: show.text(&gone_told(it)),
    });
    let rows: Vec<_> = rows.collect();
    section(body, "gone", "No longer in the roster", &rows);
    let rows = rules.iter().map(|it| Row {
        word: ("rule", "warn"),
        vendor: vendor(&it.vendor),
        email: None,
        told: show.text(&format!("{}: {}", it.rule, rule_told(it))),
    });
    section(body, "rules", "Changed rules", &rows.collect::<Vec<_>>());
}

/// One entry.
struct Row {
    /// What it is, in a word, and the class that colours it.
    word: (&'static str, &'static str),
    /// Whom it concerns, if one person.
    email: Option<Box<str>>,
    vendor: String,
    told: String,
}

/// Adds a section. Its entries are not in the page's table, so they all stand here.
fn section(body: &mut Markup, id: &'static str, title: &'static str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let heading = format!("{id}-title");
    let attributes = [
        ("id", id),
        ("class", "block"),
        ("aria-labelledby", &heading),
    ];
    body.within("section", &attributes, |body| {
        body.within("h2", &[("id", &heading)], |body| {
            body.text(title);
            body.element("span", &[("class", "count")], &rows.len().to_string());
        });
        for row in rows.iter().take(SHOWN) {
            body.within("div", &[("class", "group")], |body| entry(body, row));
        }
        if rows.len() > SHOWN {
            let left = format!("{} more, all in the JSON plan", rows.len() - SHOWN);
            body.element("p", &[("class", "more")], &left);
        }
    });
    body.fixed("\n");
}

fn entry(body: &mut Markup, row: &Row) {
    let (word, class) = row.word;
    body.element("span", &[("class", &format!("tag k-{class}"))], word);
    body.fixed(" ");
    match &row.email {
        Some(email) => {
            body.element("b", &[], email);
            body.text(&format!(" at {}", row.vendor));
        }
        None => body.element("b", &[], &row.vendor),
    }
    body.fixed(" ");
    body.element("span", &[("class", "told")], &row.told);
}

impl Show<'_> {
    /// The part of a document in which every text can be shown as it is.
    pub(super) fn attention(self, from: v1::Attention) -> v1::Attention {
        let v1::Attention {
            administrators,
            gone,
            rules,
        } = from;
        v1::Attention {
            administrators: administrators
                .into_iter()
                .map(|it| self.grant(it))
                .collect(),
            gone: gone.into_iter().map(|it| self.gone(it)).collect(),
            rules: rules.into_iter().map(|it| self.rule(it)).collect(),
        }
    }

    fn grant(self, from: AdminGrant) -> AdminGrant {
        let AdminGrant {
            vendor,
            email,
            id,
            account_email,
            how,
        } = from;
        let (email, id) = self.person(&email, id);
        AdminGrant {
            vendor: line(&vendor).into(),
            email,
            id,
            account_email: account_email.map(|it| self.email(&it)),
            how,
        }
    }

    fn gone(self, from: v1::Gone) -> v1::Gone {
        let v1::Gone {
            what,
            attribute,
            value,
            email,
            vendor,
            admin,
            stays,
            text,
        } = from;
        v1::Gone {
            what,
            attribute: attribute.map(|it| line(&it).into()),
            value: value.map(|it| self.value(it, line)),
            email: self.email(&email),
            vendor: vendor.map(|it| line(&it).into()),
            admin,
            stays,
            text: self.text(&text),
        }
    }

    fn rule(self, from: RuleChange) -> RuleChange {
        let RuleChange {
            vendor,
            rule,
            before,
            after,
        } = from;
        RuleChange {
            vendor: vendor.map(|it| line(&it).into()),
            rule: line(&rule).into(),
            before: before.map(|it| self.text(&it)),
            after: after.map(|it| self.text(&it)),
        }
    }
}
