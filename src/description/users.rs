//! `users` and `self`: who they are, and whose the credentials are.

use super::calls;
use super::fields::{self, Fields, Words};
use super::lists;
use super::model::{Condition, EmailAt, Own, OwnBy, Shield, Users};
use crate::roster::diagnostic::{Code, Diagnostic};
use crate::roster::values::{self, Problems};
use crate::roster::yaml::{Kind, Node};

/// The keys of `users`.
pub(super) const KEYS: &[&str] = &[
    "id",
    "email",
    "login",
    "active",
    "shield",
    "list",
    "get",
    "find",
    "create",
    "update",
    "deactivate",
    "reactivate",
    "delete",
];

/// The keys of `self`, of an e-mail in an array, of what tells access, and of a shield.
pub(super) const OWN: &[&str] = &["get", "email", "id", "account", "nobody", "login"];
pub(super) const EMAIL: &[&str] = &["at", "where", "take"];
pub(super) const ACTIVE: &[&str] = &["at", "active", "inactive"];
pub(super) const SHIELD: &[&str] = &["at", "is", "what"];

/// The users.
pub(super) fn users(node: &Node<'_>, words: &Words<'_>, problems: &mut Problems) -> Option<Users> {
    let fields = Fields::open(node, "`users`", KEYS, problems)?;
    let id = fields.needed_pointer("id", problems);
    let email = fields.get("email").map(|it| self::email(it, problems));
    let login = fields.pointer("login", problems);
    if fields.get("email").is_none() && fields.get("login").is_none() {
        let message = "`users` has neither `email` nor `login`: nobody could be told apart";
        let problem = Diagnostic::error(Code::MissingKey, fields.span, message);
        problems.push(problem.help("say where a user has its address: `email: /email`"));
    }
    let one = words.and(&["id"]);
    let who = words.and(&["email", "login"]);
    let made = words.all_and(&["email", "login"]);
    let changed = words.all_and(&["id", "email"]);
    let list = fields.need("list", problems);
    let list = list.and_then(|it| lists::list(it, words, &[], problems));
    let mut call = |key: &'static str, what: &'static str, known: &[&str]| {
        fields
            .get(key)
            .map(|it| calls::call(it, what, known, problems))
    };
    let create = call("create", "`users.create`", &made);
    let update = call("update", "`users.update`", &changed);
    let deactivate = call("deactivate", "`users.deactivate`", &changed);
    let reactivate = call("reactivate", "`users.reactivate`", &changed);
    let delete = call("delete", "`users.delete`", &one);
    let get = fields.get("get").map(|it| calls::one(it, &one, problems));
    let find = fields.get("find").map(|it| calls::find(it, &who, problems));
    let active = fields.get("active").map(|it| active(it, problems));
    let shield = fields.get("shield").map(|it| self::shield(it, problems));
    Some(Users {
        span: node.span,
        id: id?,
        email: flat(email)?,
        login,
        active: flat(active)?.unwrap_or_default(),
        shield: flat(shield)?,
        list: list?,
        get: flat(get)?,
        find: flat(find)?,
        create: flat(create)?,
        update: flat(update)?,
        deactivate: flat(deactivate)?,
        reactivate: flat(reactivate)?,
        delete: flat(delete)?,
    })
}

/// What was left out stays so; what is there and wrong spoils the whole.
fn flat<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

fn email(node: &Node<'_>, problems: &mut Problems) -> Option<EmailAt> {
    if !matches!(node.kind, Kind::Map(_)) {
        return Some(EmailAt {
            at: fields::pointer(node, "email", problems)?,
            filter: Vec::new(),
            take: None,
        });
    }
    let fields = Fields::open(node, "`email`", EMAIL, problems)?;
    let filter = fields.get("where");
    let filter = filter.map(|it| fields::standing(it, "where", problems));
    Some(EmailAt {
        at: fields.needed_pointer("at", problems)?,
        filter: flat(filter)?.unwrap_or_default(),
        take: fields.pointer("take", problems),
    })
}

/// One condition or a list of them.
fn active(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<Condition>> {
    let Kind::List(items) = &node.kind else {
        return condition(node, problems).map(|it| vec![it]);
    };
    items.iter().map(|it| condition(it, problems)).collect()
}

fn condition(node: &Node<'_>, problems: &mut Problems) -> Option<Condition> {
    let fields = Fields::open(node, "`active`", ACTIVE, problems)?;
    let mut listed = |key| {
        let node = fields.get(key);
        let read = node.and_then(|it| fields::constants(it, key, problems));
        read.unwrap_or_default()
    };
    let (active, inactive) = (listed("active"), listed("inactive"));
    if active.is_empty() && inactive.is_empty() {
        let message = "`active` does not say which values mean access";
        let problem = Diagnostic::error(Code::MissingKey, fields.span, message);
        problems.push(problem.help("list some: `active: [enabled]` or `inactive: [disabled]`"));
    }
    if active.iter().any(|it| inactive.contains(it)) {
        let message = "`active`: one value means access and none";
        problems.push(Diagnostic::error(Code::Conflict, fields.span, message));
    }
    Some(Condition {
        at: fields.needed_pointer("at", problems)?,
        active,
        inactive,
    })
}

fn shield(node: &Node<'_>, problems: &mut Problems) -> Option<Shield> {
    let fields = Fields::open(node, "`shield`", SHIELD, problems)?;
    let at = fields.needed_pointer("at", problems);
    let is = fields.need("is", problems);
    let is = is.and_then(|it| fields::constants(it, "is", problems));
    let what = fields.needed_text("what", problems);
    Some(Shield {
        at: at?,
        is: is?,
        what: what?,
    })
}

/// `self`.
pub(super) fn own(node: &Node<'_>, words: &Words<'_>, problems: &mut Problems) -> Option<Own> {
    let fields = Fields::open(node, "`self`", OWN, problems)?;
    let by = match (fields.get("get"), fields.get("login")) {
        (Some(get), None) => {
            let get = fields::path(get, "get", &words.and(&[]), problems);
            let email = fields.pointer("email", problems);
            let id = fields.pointer("id", problems);
            if fields.get("email").is_none() && fields.get("id").is_none() {
                let message = "`self` does not say where the answer has the e-mail or the id";
                let problem = Diagnostic::error(Code::MissingKey, fields.span, message);
                problems.push(problem.help("write `email: /email` or `id: /id`"));
            }
            OwnBy::Read {
                get: get?,
                email,
                id,
            }
        }
        (None, Some(_)) => OwnBy::Login(fields.pointer("login", problems)?),
        _ => {
            let message = "`self` has either `get` or `login`";
            let problem = Diagnostic::error(Code::MissingKey, fields.span, message);
            problems.push(problem.help(
                "read it: `self: { get: /me, email: /email }` (or `id: /id`); `login` is a pointer into the answer of \
                 a login call; without `self` the roster needs `own_account`",
            ));
            return None;
        }
    };
    let account = fields.get("account");
    let account = account.and_then(|it| values::flag(it, "account", problems));
    Some(Own {
        by,
        is_account: account.is_none_or(|it| it.value),
        nobody: fields::statuses(&fields, "nobody", problems).unwrap_or_default(),
    })
}
