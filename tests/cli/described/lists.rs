//! Lists in every form that a description can have, each whole and each with something missing.

use serde_json::{Value as Json, json};

use crate::common::served::{Answer, Request, serve};
use crate::common::{Output, rosterctl_with, write};

/// What is wrong with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lie {
    None,
    /// One person is never shown, and counted.
    Hides,
    /// The third and fourth person are not shown the second time.
    Forgets,
    /// It never ends.
    Circles,
}

const FORMS: &[(&str, &str)] = &[
    (
        "offset",
        "items: /all, page: { by: offset, offset: o, limit: l, size: 2 }, total: /n",
    ),
    (
        "number",
        "items: /all, page: { by: page, page: p, limit: l, size: 2, first: 1 }, total: /n",
    ),
    (
        "header",
        "page: { by: page, page: p, limit: l, size: 2, first: 0 }, total: { header: X-Total }",
    ),
    (
        "twice",
        "items: /all, page: { by: offset, offset: o, limit: l, size: 2 }, walk: twice",
    ),
    (
        "cursor",
        "items: /all, page: { by: cursor, cursor: c, at: /more/c }, truncated: /cut",
    ),
    (
        "link",
        "items: /all, page: { by: link, at: /more/link }, total: /n",
    ),
    ("whole", "whole: true"),
];

fn answer(form: &str, lie: Lie, lists: &mut usize, request: &Request) -> Answer {
    if request.path == "/me" {
        return (200, Vec::new(), Some(json!({ "mail": "p0@acme.example" })));
    }
    let number = |name: &str| request.asked(name).and_then(|it| it.parse::<usize>().ok());
    let at = match form {
        "offset" | "twice" => number("o").unwrap_or(99),
        "number" => (number("p").unwrap_or(99) - 1) * 2,
        "header" => number("p").unwrap_or(99) * 2,
        "cursor" | "link" => number("c").unwrap_or(0),
        _ => 0,
    };
    *lists += usize::from(at == 0);
    let at = if lie == Lie::Circles { 0 } else { at };
    let shown = |place: &usize| match lie {
        Lie::Hides => *place != 3,
        Lie::Forgets => *lists < 2 || !(2..4).contains(place),
        Lie::None | Lie::Circles => true,
    };
    let size = if form == "whole" { 9 } else { 2 };
    let page: Vec<Json> = (at..(at + size).min(5))
        .filter(shown)
        .map(|it| json!({ "id": it, "mail": format!("p{it}@acme.example") }))
        .collect();
    let next = (at + 2 < 5 || lie == Lie::Circles).then_some(at + 2);
    let next = if lie == Lie::Circles { Some(2) } else { next };
    let link = next.map(|it| format!("https://elsewhere.example/x?c={it}"));
    let total = vec![("x-total", String::from("5"))];
    let body = match form {
        "header" | "whole" => Json::Array(page),
        // A list without a total does not show that somebody is hidden: its last word does.
        "cursor" => json!({ "all": page, "more": { "c": next }, "cut": lie == Lie::Hides }),
        "link" => {
            json!({ "all": page, "n": 5, "more": { "link": link } })
        }
        _ => json!({ "all": page, "n": 5 }),
    };
    (200, total, Some(body))
}

/// Plans somebody new, and somebody who left, with such a list.
fn plan(form: &str, keys: &str, lie: Lie) -> Output {
    let (form, mut lists) = (form.to_owned(), 0);
    let (address, _) = serve(move |request| answer(&form, lie, &mut lists, request));
    let folder = tempfile::tempdir().expect("a folder");
    let description = format!(
        "connector: 1\ntitle: Lists\nrights: any\nauth: {{ bearer: token }}\nself: {{ get: /me, email: /mail }}\n\
         limits: {{ per_second: 10000, burst: 10000 }}\n\
         users:\n  id: /id\n  email: /mail\n  list: {{ get: /users, {keys} }}\n  \
         create: {{ post: /users, send: {{ /mail: \"{{email}}\" }} }}\n  delete: {{ delete: \"/users/{{id}}\" }}\n"
    );
    write(folder.path(), "lists.yaml", &description);
    let roster = format!(
        "version: 1\nvendors:\n  lists:\n    kind: rest\n    connector: lists.yaml\n    base_url: {address}\n    \
         deactivate: delete\n    auth: {{ token: {{ env: T }} }}\npeople:\n  \
         - {{ email: new@acme.example, accounts: {{ lists: {{}} }} }}\n  \
         - {{ email: p1@acme.example, active: false, accounts: {{ lists: {{}} }} }}\n"
    );
    write(folder.path(), "users.yaml", &roster);
    rosterctl_with(folder.path(), &["plan", "--format", "json"], &[("T", "t")])
}

fn document(output: &Output) -> Json {
    serde_json::from_str(&output.stdout)
        .unwrap_or_else(|_| panic!("{}{}", output.stdout, output.stderr))
}

#[test]
fn each_form_is_read_to_its_proved_end() {
    for (form, keys) in FORMS {
        let output = plan(form, keys, Lie::None);
        assert_eq!(output.code, 0, "{form}: {}{}", output.stdout, output.stderr);
        let document = document(&output);
        let vendor = &document["vendors"]["lists"];
        assert_eq!(vendor["accounts"], 5, "{form}: {document:#}");
        let actions = document["actions"].as_array().expect("actions");
        assert_eq!(actions.len(), 2, "{form}: {document:#}");
    }
}

#[test]
fn what_is_missing_in_any_form_holds_creates_and_removals() {
    for (form, keys) in FORMS {
        for lie in [Lie::Hides, Lie::Forgets, Lie::Circles] {
            // Nobody can tell of one array that somebody is missing, and it has no second page.
            let whole = *form == "whole";
            // Only a second walk sees that the first one was another.
            let unseen = lie == Lie::Forgets && *form != "twice";
            let not_shown = lie == Lie::Hides && *form == "twice";
            if whole || unseen || not_shown {
                continue;
            }
            let output = plan(form, keys, lie);
            if output.code == 1 {
                continue;
            }
            let document = document(&output);
            let actions = document["actions"].as_array().map_or(0, Vec::len);
            assert_eq!(actions, 0, "{form} {lie:?}: {document:#}");
        }
    }
}
