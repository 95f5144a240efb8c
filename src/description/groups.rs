//! `groups`: what people are in.

use super::fields::{self, Fields, Words};
use super::model::{Groups, Members};
use super::{calls, lists};
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::values::{self, Problems};
use crate::roster::yaml::Node;

/// The keys of `groups`.
pub(super) const KEYS: &[&str] = &["id", "name", "list", "members", "add", "remove", "managed"];

/// The groups.
pub(super) fn groups(
    node: &Node<'_>,
    words: &Words<'_>,
    problems: &mut Problems,
) -> Option<Groups> {
    let fields = Fields::open(node, "`groups`", KEYS, problems)?;
    let list = fields.need("list", problems);
    let list = list.and_then(|it| lists::list(it, words, &[], problems));
    let members = fields.get("members").map(|it| members(it, words, problems));
    let known = words.and(&["group", "id", "email"]);
    let mut call = |key: &'static str, what: &'static str| {
        let read = fields.get(key)?;
        Some(calls::call(read, what, &known, problems))
    };
    let add = call("add", "`groups.add`");
    let remove = call("remove", "`groups.remove`");
    let given = [add.is_some(), remove.is_some(), members.is_some()];
    if (given[0] || given[1]) && given != [true, true, true] {
        let message = "`add` and `remove` go together, and `members` shows what they did";
        let problem = Diagnostic::error(Code::MissingKey, fields.span, message);
        problems.push(
            problem.help(
                "describe all three, or none: then groups are names that attributes refer to",
            ),
        );
    }
    let pointer = |key: &str, usual: &str, problems: &mut Problems| match fields.get(key) {
        Some(_) => fields.pointer(key, problems),
        None => super::Pointer::parse(usual).ok(),
    };
    let managed = fields.get("managed");
    let managed = managed.and_then(|it| values::list(it, "managed", problems));
    let managed = managed.unwrap_or_default().iter();
    let managed = managed.filter_map(|it| values::name(it, "managed", problems));
    let managed = managed.map(|it| it.value).collect();
    Some(Groups {
        span: node.span,
        id: pointer("id", "/id", problems)?,
        name: pointer("name", "/name", problems)?,
        list: list?,
        members: match members {
            Some(members) => Some(members?),
            None => None,
        },
        add: match add {
            Some(add) => Some(add?),
            None => None,
        },
        remove: match remove {
            Some(remove) => Some(remove?),
            None => None,
        },
        managed,
    })
}

fn members(node: &Node<'_>, words: &Words<'_>, problems: &mut Problems) -> Option<Members> {
    let fields = Fields::open(node, "`members`", lists::MEMBERS, problems)?;
    match (fields.get("at"), fields.get("get")) {
        (Some(at), None) => Some(Members::Inside {
            at: fields::pointer(at, "at", problems)?,
            user: fields.pointer("user", problems).unwrap_or_default(),
        }),
        (None, Some(_)) => {
            let user = fields.needed_pointer("user", problems);
            Some(Members::Listed {
                list: lists::read(&fields, words, &["group"], problems)?,
                user: user?,
            })
        }
        _ => {
            let message = "`members` are in the group (`at`) or in a list of their own (`get`)";
            problems.push(Diagnostic::error(Code::MissingKey, fields.span, message));
            None
        }
    }
}
