//! What a run knew of why it ran, in words: who vouches for it stands behind it.

use crate::model::context::{Context, Fact, Voucher};

/// One thing that is told.
pub(super) struct Told<'a> {
    /// What.
    pub(super) what: String,
    /// What there is to say.
    pub(super) value: String,
    /// Where a page may lead.
    pub(super) link: Option<&'a str>,
    /// Who vouches for it.
    pub(super) by: Voucher,
}

/// Each fact, in the order in which they were learnt; approvals with what speaks against them.
pub(super) fn facts(context: &Context) -> Vec<Told<'_>> {
    let plain = context.0.iter().filter(|fact| *fact.name != *"approval");
    let mut told: Vec<Told<'_>> = plain
        .map(|fact| {
            let Fact { name, value, by } = fact;
            Told {
                what: name.replace('_', " "),
                value: value.to_string(),
                link: context.link(name),
                by: *by,
            }
        })
        .collect();
    told.extend(context.approvals().iter().map(|it| Told {
        what: String::from("approved by"),
        value: it.to_string(),
        link: None,
        by: it.by,
    }));
    told
}

/// The same as one line each.
pub(super) fn told(context: &Context) -> Vec<String> {
    let line = |it: Told<'_>| format!("{}: {} (by {})", it.what, it.value, it.by.as_str());
    facts(context).into_iter().map(line).collect()
}
