//! What a description says, once it is understood.

use std::time::Duration;

use serde_json::Value as Json;

use super::pointer::Pointer;
use super::template::Template;
use crate::model::spec::{FromPerson, LOGIN, LimitDefaults, Required};
use crate::roster::diagnostic::Span;

/// A vendor as a file describes it.
#[derive(Debug, Clone)]
pub struct Description {
    /// The name people know.
    pub title: Box<str>,
    /// Where the API is documented; may be empty.
    pub docs: Box<str>,
    /// What the credentials must be allowed to do.
    pub rights: Box<str>,
    /// The address when the roster gives none.
    pub base_url: Option<Box<str>>,
    /// The ways to authenticate; one is enough.
    pub auth: Vec<Auth>,
    /// Headers of every call.
    pub headers: Vec<Header>,
    /// The content type of bodies that are no form.
    pub content_type: Box<str>,
    /// Further keys of the roster, usable as `{name}` in paths.
    pub settings: Vec<Setting>,
    /// Whose the credentials are.
    pub own: Option<Own>,
    /// The limits when the roster gives none.
    pub limits: LimitDefaults,
    /// What to wait before each further read that does not show a write yet.
    pub read_lag: Vec<Duration>,
    /// The users.
    pub users: Users,
    /// What an account has, in the order written.
    pub attributes: Vec<Attribute>,
    /// The groups.
    pub groups: Option<Groups>,
    /// Fields that are dropped on reading, besides those whose names say so.
    pub secret: Vec<Pointer>,
    /// Where a refusal has its words; without any the usual places are tried.
    pub errors: Vec<Pointer>,
}

/// A header: its name, and its value or the template of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub value: Template,
}

/// One way to authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer …` with this secret.
    Bearer(Box<str>),
    /// Basic, with these secrets as user and password.
    Basic(Box<str>, Option<Box<str>>),
    /// Headers with secrets in them.
    Headers(Vec<Header>),
    /// A token by the OAuth client credentials grant (RFC 6749, 4.4), with `client_id` and
    /// `client_secret`.
    ClientCredentials {
        /// Where it is asked for.
        post: Template,
        /// What it is asked for.
        scope: Option<Box<str>>,
        /// Whether the secrets go into the body; else they are sent as Basic.
        in_body: bool,
    },
    /// A token by a call of the vendor's own.
    Login(Login),
}

/// A login call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Its path.
    pub post: Template,
    /// Its body.
    pub send: Vec<(Pointer, Wire)>,
    /// Where its answer has the token.
    pub token: AnswerPlace,
    /// The headers that carry the token.
    pub with: Vec<Header>,
    /// How long a token is good for.
    pub minutes: Option<u64>,
}

impl Auth {
    /// The secrets that it takes, each once.
    pub fn secrets(&self) -> Vec<&str> {
        let mut secrets: Vec<&str> = match self {
            Self::Bearer(name) => vec![name],
            Self::Basic(user, password) => [Some(user), password.as_ref()]
                .into_iter()
                .flatten()
                .map(|it| &**it)
                .collect(),
            Self::Headers(headers) => headers.iter().flat_map(|it| it.value.names()).collect(),
            Self::ClientCredentials { .. } => vec!["client_id", "client_secret"],
            Self::Login(login) => {
                let sent = login.send.iter().filter_map(|(_, wire)| match wire {
                    Wire::Text(text) => Some(text.names()),
                    Wire::Constant(_) | Wire::Random(_) => None,
                });
                sent.flatten().collect()
            }
        };
        let mut seen = std::collections::HashSet::new();
        secrets.retain(|it| seen.insert(*it));
        secrets
    }
}

/// A further key of the vendor in the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub name: Box<str>,
    /// Its type.
    pub kind: SettingType,
    /// Whether it has to be given.
    pub required: bool,
    /// What it is.
    pub doc: Box<str>,
}

/// The type of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingType {
    /// A text.
    Text,
    /// A whole number from 1.
    Count,
    /// A boolean.
    Flag,
}

/// Whose the credentials are.
#[derive(Debug, Clone)]
pub struct Own {
    /// How that is learnt.
    pub by: OwnBy,
    /// Whether it is one of the users; a service is not.
    pub is_account: bool,
    /// Answers that mean: nobody's.
    pub nobody: Vec<u16>,
}

/// How the owner of the credentials is learnt.
#[derive(Debug, Clone)]
pub enum OwnBy {
    /// A read, and where its answer has the e-mail or the id.
    Read {
        /// The path.
        get: Template,
        /// Where the e-mail stands.
        email: Option<Pointer>,
        /// Where the id stands.
        id: Option<Pointer>,
    },
    /// The answer of the login call has the e-mail there.
    Login(Pointer),
}

/// The users of the vendor.
#[derive(Debug, Clone)]
pub struct Users {
    /// Where `users` stands.
    pub span: Span,
    /// Where a user has its id.
    pub id: Pointer,
    /// Where a user has its e-mail.
    pub email: Option<EmailAt>,
    /// Where a user has its login name.
    pub login: Option<Pointer>,
    /// A user is off if any of these says so; none: nobody can be switched off.
    pub active: Vec<Condition>,
    /// Accounts that are never touched unless the roster names them.
    pub shield: Option<Shield>,
    /// All users.
    pub list: List,
    /// One user by id.
    pub get: Option<One>,
    /// One user by e-mail.
    pub find: Option<Find>,
    /// Makes one.
    pub create: Option<Call>,
    /// Changes one.
    pub update: Option<Call>,
    /// Switches one off.
    pub deactivate: Option<Call>,
    /// Switches one on.
    pub reactivate: Option<Call>,
    /// Destroys one.
    pub delete: Option<Call>,
}

/// Where an e-mail stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAt {
    /// The place; of an array if `take` says where in its entry.
    pub at: Pointer,
    /// Which entry of the array: each of these has to stand there.
    pub filter: Vec<(Pointer, Json)>,
    /// Where in the entry.
    pub take: Option<Pointer>,
}

/// What tells whether a user has access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Where it stands.
    pub at: Pointer,
    /// Values that mean access; none: all but the others.
    pub active: Vec<Json>,
    /// Values that mean none; none: all but the others.
    pub inactive: Vec<Json>,
}

/// Accounts to leave alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shield {
    /// Where it stands.
    pub at: Pointer,
    /// Values that mean such an account.
    pub is: Vec<Json>,
    /// What it then is.
    pub what: Box<str>,
}

/// A list call.
#[derive(Debug, Clone)]
pub struct List {
    /// Where it stands in the description.
    pub span: Span,
    /// Its path.
    pub get: Template,
    /// Its query.
    pub query: Vec<(Box<str>, Template)>,
    /// Where the entries stand.
    pub items: Pointer,
    /// How its pages are asked for; `None`: it has none.
    pub page: Option<Page>,
    /// Where it says how many there are.
    pub total: Option<Total>,
    /// It is one array, and the vendor's documentation says that it is all.
    pub whole: bool,
    /// It is read twice, and has to be the same.
    pub twice: bool,
    /// Where it says that something was left out.
    pub truncated: Option<Pointer>,
    /// Whether each user is read on its own besides.
    pub each: bool,
    /// Lists that make up one; empty: it is one list.
    pub parts: Vec<ListPart>,
}

/// A list that is a part of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPart {
    /// What it is asked with besides.
    pub query: Vec<(Box<str>, Template)>,
    /// What it says of each of its entries, which do not show it.
    pub implies: Vec<(Pointer, Json)>,
    /// Whether it may have entries that an earlier part had.
    pub doubles: bool,
}

/// How pages are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// By the place of the first entry.
    Offset(Numbered),
    /// By the number of the page.
    Number(Numbered),
    /// By what the page before says, as a parameter.
    Cursor {
        /// The parameter.
        parameter: Box<str>,
        /// Where the page has the next one.
        at: AnswerPlace,
        /// The parameter for the size, and the size.
        size: Option<(Box<str>, u64)>,
    },
    /// By the link that the page before gives.
    Link {
        /// Where the page has it.
        at: AnswerPlace,
        /// The parameter for the size, and the size.
        size: Option<(Box<str>, u64)>,
    },
}

/// Pages that are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// The parameter for the place.
    pub parameter: Box<str>,
    /// The parameter for the size.
    pub limit: Box<str>,
    /// The size.
    pub size: u64,
    /// The first place: 0 or 1.
    pub first: u64,
}

/// Where something stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerPlace {
    /// In the body.
    Body(Pointer),
    /// In a header; of a `Link` header (RFC 8288) the link with that relation.
    Header(Box<str>, Box<str>),
}

/// Where a list says how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Total {
    /// In the body of each page.
    Body(Pointer),
    /// In a header of each page.
    Header(Box<str>),
    /// In a header of the answer to a HEAD of the list.
    Head(Box<str>),
}

/// What a list proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListProof {
    /// As many as it counts.
    Total,
    /// It said that nothing follows.
    Next,
    /// Two walks saw the same.
    Twice,
    /// It is documented to be all.
    Whole,
}

impl List {
    /// What proves that nobody is missing; `None`: nothing does.
    pub fn proof(&self) -> Option<ListProof> {
        let next = matches!(self.page, Some(Page::Cursor { .. } | Page::Link { .. }));
        match self {
            Self { total: Some(_), .. } => Some(ListProof::Total),
            _ if next => Some(ListProof::Next),
            Self {
                twice: true,
                page: Some(_),
                ..
            } => Some(ListProof::Twice),
            Self {
                whole: true,
                page: None,
                ..
            } => Some(ListProof::Whole),
            _ => None,
        }
    }
}

/// One user by id.
#[derive(Debug, Clone)]
pub struct One {
    /// The path.
    pub get: Template,
    /// Its query.
    pub query: Vec<(Box<str>, Template)>,
    /// Where the answer has the user.
    pub item: Pointer,
    /// Answers that mean: there is none.
    pub missing: Vec<u16>,
}

/// One user by e-mail or login.
#[derive(Debug, Clone)]
pub struct Find {
    /// A call of its own; `None`: the list call.
    pub get: Option<Template>,
    /// What narrows it.
    pub query: Vec<(Box<str>, Template)>,
    /// Where the answer of a call of its own has users; `None`: in `item`.
    pub items: Option<Pointer>,
    /// Where the answer of a call of its own has the one user.
    pub item: Pointer,
    /// Whether the user it shows is read by id then.
    pub then_get: bool,
    /// Answers that mean: there is none.
    pub missing: Vec<u16>,
}

impl Find {
    /// Whether it asks with a login.
    pub fn says_login(&self) -> bool {
        let query = self.query.iter().map(|(_, it)| it);
        let mut names = query.chain(&self.get).flat_map(Template::names);
        names.any(|it| it == LOGIN)
    }
}

/// The method of a call that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Verb {
    /// The key in a description.
    pub fn key(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// A call that writes.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where it stands in the description.
    pub span: Span,
    /// Its method.
    pub verb: Verb,
    /// Its path.
    pub path: Template,
    /// Its query.
    pub query: Vec<(Box<str>, Template)>,
    /// The envelope around what is sent.
    pub at: Pointer,
    /// What is sent besides attributes.
    pub send: Vec<(Pointer, Wire)>,
    /// Whether the whole object is sent, read afresh and changed.
    pub whole: bool,
    /// What a whole object is sent without.
    pub drop: Vec<Pointer>,
    /// Its own headers.
    pub headers: Vec<Header>,
    /// Whether the body is a form.
    pub form: bool,
    /// Whether it can change the e-mail.
    pub email: bool,
    /// Refusals that mean: it is so already.
    pub done: Vec<u16>,
    /// What a person should know before.
    pub caution: Option<Box<str>>,
}

impl Call {
    /// The texts with names in them that it is sent with.
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let sent = self.send.iter().filter_map(|(_, wire)| match wire {
            Wire::Text(text) => Some(text),
            Wire::Constant(_) | Wire::Random(_) => None,
        });
        let query = self.query.iter().map(|(_, it)| it);
        [&self.path].into_iter().chain(query).chain(sent)
    }

    /// Whether it carries the login name.
    pub fn says_login(&self) -> bool {
        self.templates()
            .flat_map(Template::names)
            .any(|it| it == LOGIN)
    }
}

/// A value as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wire {
    /// A text, with names in it.
    Text(Template),
    /// A number or boolean.
    Constant(Json),
    /// So many random characters, made for one action.
    Random(u16),
}

/// An attribute of an account.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Where it stands in the description.
    pub span: Span,
    /// The roster name.
    pub name: Box<str>,
    /// Where it is read; `None`: it never is.
    pub at: Option<Pointer>,
    /// Where it is written, if elsewhere.
    pub write: Option<Pointer>,
    /// Its type.
    pub kind: AttributeType,
    /// Roster value to wire value, one to one; empty: as it is.
    pub values: Vec<(Box<str>, Json)>,
    /// The one entry of the array at `at` that it is in.
    pub entry: Option<ArrayEntry>,
    /// Where in each entry of an array its text stands.
    pub each: Option<Pointer>,
    /// Whether the array has one entry, which is the value.
    pub one: bool,
    /// Of flags: where an entry has its key and its value.
    pub flags: Option<FlagsAt>,
    /// Whether its values are groups, by name.
    pub of_groups: bool,
    /// The person field it takes.
    pub from: Option<FromPerson>,
    /// Whether it has to be there.
    pub required: Required,
    /// When it is sent and read.
    pub mode: AttributeMode,
    /// What is sent when the roster is silent.
    pub default: Option<Json>,
    /// How a change takes rights away.
    pub rights: RightsSaid,
    /// The value that makes an administrator.
    pub admin: Option<Json>,
    /// What a person should know before a change of it.
    pub caution: Option<Box<str>>,
    /// What it is.
    pub doc: Box<str>,
}

/// The entry of an array that an attribute is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayEntry {
    /// Which one: each of these has to stand there.
    pub filter: Vec<(Pointer, Json)>,
    /// Where in it.
    pub take: Pointer,
}

/// Where the entries of an array of flags have their parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagsAt {
    /// The key.
    pub key: Pointer,
    /// The flag.
    pub value: Pointer,
    /// What tells that it cannot be changed.
    pub fixed: Option<(Pointer, Vec<Json>)>,
    /// Whether a change sends all of them.
    pub send_all: bool,
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeType {
    /// A text.
    Text,
    /// A boolean.
    Flag,
    /// A number, a text in the roster.
    Number,
    /// One of `values`.
    Choice,
    /// A list of names.
    Set,
    /// A map of names to booleans.
    Flags,
    /// An e-mail.
    Email,
}

/// When an attribute is sent and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeMode {
    /// Read, and written at any time.
    Changing,
    /// Sent with a create alone.
    Create,
    /// Read, and set by a create alone.
    Fixed,
    /// Sent with a create, and never shown.
    Write,
}

/// What a description says of the rights that an attribute carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RightsSaid {
    /// None.
    None,
    /// Any change may take some.
    Any,
    /// `true` grants, or each member does.
    Flag,
    /// The values are in order, the weakest first.
    Ranked,
    /// So are these.
    Order(Vec<Box<str>>),
}

/// The groups of the vendor.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Where `groups` stands.
    pub span: Span,
    /// Where a group has its id.
    pub id: Pointer,
    /// Where a group has its name.
    pub name: Pointer,
    /// All groups.
    pub list: List,
    /// Where its members are; `None`: groups are a directory of names and no more.
    pub members: Option<Members>,
    /// Puts somebody in.
    pub add: Option<Call>,
    /// Takes somebody out.
    pub remove: Option<Call>,
    /// The only groups that are managed, by name; empty: all.
    pub managed: Vec<Box<str>>,
}

/// Where the members of a group are.
#[derive(Debug, Clone)]
pub enum Members {
    /// In the group.
    Inside {
        /// Where.
        at: Pointer,
        /// Where an entry has the user's id; the root: it is the id.
        user: Pointer,
    },
    /// In a list of their own.
    Listed {
        /// The list.
        list: List,
        /// Where an entry has the user's id.
        user: Pointer,
    },
}
