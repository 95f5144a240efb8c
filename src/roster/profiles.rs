//! One entry under `profiles`, and what profiles that include others come to (rule 14).

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::model::{Profile, Spanned};
use super::ours::is_remark;
use super::suggest::suggest_of;
use super::texts::Texts;
use super::values::{self, Problems};
use super::yaml::{Kind, Name, Node};
use crate::model::nearest::Names;
use crate::roster::diagnostic::{Code, Diagnostic, Span};

/// Profiles that one may include, directly and through others: more than anybody can keep in mind.
pub(super) const MOST: usize = 64;

/// A profile whose accounts wait for the vendors.
pub(super) struct RawProfile<'a> {
    pub(super) span: Span,
    pub(super) accounts: Vec<(Name<'a>, Node<'a>)>,
    pub(super) everyone: bool,
    pub(super) includes: Vec<Spanned<Arc<str>>>,
}

/// Reads an entry up to its accounts.
pub(super) fn profile<'a>(
    name: &Name<'a>,
    node: Node<'a>,
    texts: &mut Texts,
    problems: &mut Problems,
) -> RawProfile<'a> {
    let mut raw = RawProfile {
        span: name.span,
        accounts: Vec::new(),
        everyone: false,
        includes: Vec::new(),
    };
    let Kind::Map(entries) = node.kind else {
        values::map(&node, &name.text, problems);
        return raw;
    };
    for (key, value) in entries {
        match key.text.as_ref() {
            "everyone" => {
                let flag = values::flag(&value, "everyone", problems);
                raw.everyone = flag.is_some_and(|it| it.value);
            }
            "includes" => {
                let items = values::list(&value, "includes", problems).unwrap_or_default();
                for item in items {
                    let word = values::words(item, "includes", problems);
                    raw.includes.extend(word.map(|word| Spanned {
                        value: texts.share(word),
                        span: item.span,
                    }));
                }
            }
            _ if is_remark(&key, &value, problems) => {}
            _ => raw.accounts.push((key, value)),
        }
    }
    raw
}

/// Works out for each profile all that it includes, those below first.
pub(super) fn nest(
    profiles: &mut BTreeMap<Box<str>, Profile>,
    includes: &BTreeMap<Box<str>, Vec<Spanned<Arc<str>>>>,
    partial: bool,
    problems: &mut Problems,
) {
    let known = LazyCell::new(|| Names::new(profiles.keys().map(AsRef::as_ref)));
    let mut nested = Vec::new();
    for (name, direct) in includes {
        for include in direct {
            if !partial && !profiles.contains_key(&*include.value) {
                problems.push(unknown(&include.value, include.span, &known));
            }
        }
        match below(name, includes) {
            Ok(all) => nested.push((name, all)),
            Err(Fault {
                span,
                message,
                help,
            }) => {
                problems.push(Diagnostic::error(Code::Includes, span, message).help(help));
            }
        }
    }
    drop(known);
    for (name, mut all) in nested {
        all.retain(|it| profiles.contains_key(&**it));
        if let Some(profile) = profiles.get_mut(name) {
            profile.included = all.into();
        }
    }
}

/// The problem of a profile that does not exist.
pub(super) fn unknown(name: &str, span: Span, known: &Names) -> Diagnostic {
    Diagnostic::error(
        Code::UnknownProfile,
        span,
        format!("there is no profile `{name}`"),
    )
    .help(suggest_of(name, known))
}

/// Why a profile cannot be put together.
struct Fault {
    span: Span,
    message: String,
    help: String,
}

/// All that a profile includes, those below first, each once.
fn below(
    name: &str,
    includes: &BTreeMap<Box<str>, Vec<Spanned<Arc<str>>>>,
) -> Result<Vec<Arc<str>>, Fault> {
    type Direct = Vec<Spanned<Arc<str>>>;
    let of = |name: &str| includes.get(name).map_or(&[][..], Direct::as_slice);
    let mut all: Vec<Arc<str>> = Vec::new();
    let mut met: HashSet<&str> = HashSet::new();
    // Each level is what is left of one profile's list.
    let mut open = vec![of(name).iter()];
    let mut path: Vec<&Spanned<Arc<str>>> = Vec::new();
    while let Some(level) = open.last_mut() {
        let Some(next) = level.next() else {
            open.pop();
            all.extend(path.pop().map(|done| done.value.clone()));
            continue;
        };
        if *next.value == *name {
            let way = path.iter().map(|it| format!("`{}`", it.value));
            let way: Vec<String> = way.collect();
            let through = match way.is_empty() {
                true => String::new(),
                false => format!(" through {}", way.join(", ")),
            };
            return Err(Fault {
                span: next.span,
                message: format!("the profile `{name}` includes itself{through}"),
                help: String::from("take one of these includes out"),
            });
        }
        if !met.insert(&next.value) {
            continue;
        }
        if met.len() > MOST {
            return Err(Fault {
                span: next.span,
                message: format!("the profile `{name}` includes more than {MOST} profiles"),
                help: String::from("put what they share into fewer profiles"),
            });
        }
        path.push(next);
        open.push(of(&next.value).iter());
    }
    Ok(all)
}
