//! A vendor that a file describes: each month draws how its pages are asked for, how it is written, and
//! where its groups stand.

use std::sync::{Arc, OnceLock};

use rosterctl::description;
use rosterctl::model::digest::Digest;
use rosterctl::roster::Described;
use rosterctl::roster::model::DescriptionText;

use super::random::Random;

const PAGES: [&str; 3] = [
    "{ by: offset, offset: offset, limit: limit, size: 4 }",
    "{ by: page, page: page, limit: size, size: 3, first: 1 }",
    "{ by: cursor, cursor: from, at: /next, limit: size, size: 3 }",
];
const UPDATES: [&str; 2] = [
    "patch: \"/users/{id}\"",
    "put: \"/users/{id}\", body: whole",
];
const GROUPS: [&str; 2] = [
    "  teams: { at: /teams, type: set, of: groups, rights: any }
groups:
  list: { get: /teams, items: /items, page: PAGE, total: /total }
",
    "groups:
  list: { get: /teams, items: /items, page: PAGE, total: /total }
  members: { at: /members }
  add: { post: \"/teams/{group}/members\", send: { /id: \"{id}\" } }
  remove: { delete: \"/teams/{group}/members/{id}\" }
",
];
const FORMS: usize = PAGES.len() * UPDATES.len() * GROUPS.len();

/// Which form a month has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form(usize);

impl Form {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let form = random.below(FORMS as u64);
        Self(usize::try_from(form).unwrap_or_default())
    }

    /// How a roster names it.
    pub(crate) fn name(self) -> String {
        format!("desk{}.yaml", self.0)
    }

    /// Whether an update sends the whole user.
    pub(crate) fn is_written_whole(self) -> bool {
        !(self.0 / PAGES.len()).is_multiple_of(UPDATES.len())
    }

    /// The attribute with somebody's groups: one of the user, or what groups show.
    pub(crate) fn groups(self) -> &'static str {
        ["teams", "groups"][self.0 / PAGES.len() / UPDATES.len()]
    }

    fn text(self) -> String {
        let page = PAGES[self.0 % PAGES.len()];
        let update = UPDATES[self.0 / PAGES.len() % UPDATES.len()];
        let groups = GROUPS[self.0 / PAGES.len() / UPDATES.len()];
        let text = include_str!("desk.yaml").replace("GROUPS\n", groups);
        text.replace("PAGE", page).replace("UPDATE", update)
    }
}

/// The description of that name. Each form is read once: what is declared of one stays for good.
pub(crate) fn described(name: &str) -> Result<Described, String> {
    static READ: OnceLock<Vec<Result<Described, String>>> = OnceLock::new();
    let all = READ.get_or_init(|| (0..FORMS).map(|it| read(Form(it))).collect());
    let mut forms = (0..FORMS).map(Form).zip(all);
    let found = forms.find(|(form, _)| form.name() == name);
    found.map_or_else(|| Err(format!("no {name}")), |(_, read)| read.clone())
}

fn read(form: Form) -> Result<Described, String> {
    let (name, text) = (form.name(), form.text());
    let parsed = description::read(&name, &text);
    let problems = || format!("{:#?}\n{text}", parsed.diagnostics);
    let description = parsed.description.as_ref().ok_or_else(problems)?;
    Ok(Described {
        spec: description::declared(description),
        text: Arc::new(DescriptionText {
            name: name.as_str().into(),
            digest: Digest::of(&text),
            text: text.as_str().into(),
        }),
    })
}
