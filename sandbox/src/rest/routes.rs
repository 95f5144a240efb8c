//! The calls that a description has, found by method and path.

use std::collections::BTreeMap;

use super::file::{Auth, Call, File, List, Members, as_text};
use super::pointer::Pointer;
use super::template::{Named, Template};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Does {
    /// Logs in by that form of credentials.
    Login(usize),
    /// Mints a token by that form of credentials.
    Token(usize),
    /// Tells whose the credentials are.
    Own,
    /// Looks for a user.
    Find,
    /// Lists users.
    Users,
    /// Reads one user.
    One,
    /// Lists groups.
    Groups,
    /// Lists the members of a group.
    Members,
    Create,
    // Before the update, whose body could be the same.
    Off,
    On,
    Update,
    Delete,
    Add,
    Remove,
}

/// A method and the segments of a path.
pub(super) struct Route {
    method: &'static str,
    path: Vec<Template>,
    does: Does,
}

impl Call {
    /// Its method and path.
    pub(super) fn target(&self) -> Option<(&'static str, &str)> {
        let all = [
            ("POST", &self.post),
            ("PUT", &self.put),
            ("PATCH", &self.patch),
            ("DELETE", &self.delete),
        ];
        let mut given = all.into_iter();
        given.find_map(|(method, path)| Some((method, &**path.as_ref()?)))
    }

    /// Whether a body is the whole object.
    pub(super) fn is_whole(&self) -> bool {
        self.body.as_deref() == Some("whole")
    }
}

impl File {
    /// The call that does this.
    pub(super) fn call(&self, does: Does) -> Option<&Call> {
        let groups = self.groups.as_ref();
        match does {
            Does::Create => self.users.create.as_ref(),
            Does::Update => self.users.update.as_ref(),
            Does::Off => self.users.deactivate.as_ref(),
            Does::On => self.users.reactivate.as_ref(),
            Does::Delete => self.users.delete.as_ref(),
            Does::Add => groups?.add.as_ref(),
            Does::Remove => groups?.remove.as_ref(),
            _ => None,
        }
    }

    /// The list of the members of a group.
    pub(super) fn members_list(&self) -> Option<(List, Pointer)> {
        match self.groups.as_ref()?.members.as_ref()? {
            Members::Listed(it) => Some((it.list.list(), it.user.clone())),
            Members::Inside(_) => None,
        }
    }

    /// All its calls; `elsewhere`: tokens do not come from the path that the description has.
    pub(super) fn routes(&self, known: &Named, elsewhere: bool) -> Vec<Route> {
        let mut routes = Vec::new();
        let mut add = |method, path: &str, does| {
            let path = path.strip_prefix('/').unwrap_or(path).split('/');
            routes.push(Route {
                method,
                path: path.map(|it| Template::new(it, known)).collect(),
                does,
            });
        };
        for (at, form) in self.auth.iter().enumerate() {
            match form {
                Auth::Login(login) => add("POST", &login.post, Does::Login(at)),
                Auth::ClientCredentials(_) if elsewhere => {
                    add("POST", "/token_url", Does::Token(at));
                }
                Auth::ClientCredentials(it) => add("POST", &it.post, Does::Token(at)),
                Auth::Bearer(_) | Auth::Basic(_) | Auth::Header(_) => {}
            }
        }
        if let Some(path) = self.own.as_ref().and_then(|own| own.get.as_ref()) {
            add("GET", path, Does::Own);
        }
        let members = self.members_list().map(|(list, _)| (list, Does::Members));
        let lists = [
            Some((self.users.list.clone(), Does::Users)),
            self.groups
                .as_ref()
                .map(|it| (it.list.clone(), Does::Groups)),
            members,
        ];
        for (list, does) in lists.into_iter().flatten() {
            add("GET", &list.get, does);
            if matches!(list.total, Some(super::file::Total::Head(_))) {
                add("HEAD", &list.get, does);
            }
        }
        if let Some(one) = &self.users.get {
            add("GET", &one.get, Does::One);
        }
        if let Some(path) = self.users.find.as_ref().and_then(|it| it.get.as_ref()) {
            add("GET", path, Does::Find);
        }
        for does in [
            Does::Create,
            Does::Off,
            Does::On,
            Does::Update,
            Does::Delete,
            Does::Add,
            Does::Remove,
        ] {
            if let Some((method, path)) = self.call(does).and_then(Call::target) {
                add(method, path, does);
            }
        }
        routes.sort_by_key(|it| it.does);
        routes
    }
}

/// What calls a request could be, with what names in the path stand for.
///
/// # Errors
/// The status: there is no such path, or it has other methods.
pub(super) fn find(routes: &[Route], method: &str, path: &str) -> Result<Vec<(Does, Named)>, u16> {
    let segments: Option<Vec<String>> = path
        .strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .map(decoded)
        .collect();
    let segments = segments.ok_or(400_u16)?;
    let mut found: Vec<(usize, &Route, Named)> = Vec::new();
    for route in routes.iter().filter(|it| it.path.len() == segments.len()) {
        let mut values = Named::new();
        let mut pairs = route.path.iter().zip(&segments);
        if pairs.all(|(template, text)| template.matches(text, &mut values)) {
            let named = route.path.iter().filter(|it| it.names().next().is_some());
            found.push((named.count(), route, values));
        }
    }
    // `/users/me` is no user called me.
    let fewest = found
        .iter()
        .map(|(named, ..)| *named)
        .min()
        .ok_or(404_u16)?;
    let found = found
        .into_iter()
        .filter(|(named, route, _)| *named == fewest && route.method == method);
    let found: Vec<_> = found
        .map(|(_, route, values)| (route.does, values))
        .collect();
    match found.is_empty() {
        true => Err(405),
        false => Ok(found),
    }
}

/// A segment of a path without its percent signs.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether a query has all of these, but for those with names that stand for nothing yet.
pub(super) fn has(
    query: &[(String, String)],
    wanted: &BTreeMap<String, serde_json::Value>,
    known: &Named,
) -> bool {
    wanted.iter().all(|(name, value)| {
        let template = Template::new(&as_text(value), known);
        let mut asked = query.iter().filter(|(key, _)| key == name);
        asked.any(|(_, text)| template.matches(text, &mut Named::new()))
    })
}
