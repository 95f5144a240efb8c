//! Each thing that a description cannot say, and what it is told.

use super::*;

/// Replaces a part of the least description, or adds lines to it.
#[track_caller]
fn changed(from: &str, to: &str) -> String {
    match from {
        "" => format!("{LEAST}{to}"),
        _ => {
            assert!(LEAST.contains(from), "{from} is not there");
            LEAST.replacen(from, to, 1)
        }
    }
}

/// `code` is among what is told of it, in the line of `marked`, with these words.
#[track_caller]
fn refused(text: &str, code: &str, marked: &str, words: &str) {
    let parsed = read("acme.yaml", text);
    assert!(parsed.description.is_none(), "it was taken:\n{text}");
    let told = told(text);
    let line = |it: &Diagnostic| {
        let (span, _) = it.place.as_ref()?;
        let lines = text.lines().nth(usize::try_from(span.line()).ok()? - 1);
        lines.map(str::to_owned)
    };
    let found = parsed
        .diagnostics
        .iter()
        .any(|it| it.code.as_str() == code && line(it).is_none_or(|it| it.contains(marked)));
    assert!(found, "no {code} at `{marked}`:\n{told}");
    let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(words), "it does not say `{words}`:\n{told}");
}

#[test]
fn paths_lead_nowhere_else() {
    for (path, why) in [
        ("https://evil.example/users", "no scheme and no host"),
        ("//evil.example/users", "no scheme and no host"),
        ("users", "begins with `/`"),
        ("/a/../users", "no `.` or `..`"),
        ("/users?x=1", "no query"),
        ("/users#x", "no query"),
        ("/us ers", "no space"),
        ("/us\\ers", "no space and no backslash"),
    ] {
        let text = changed("get: /users", &format!("get: '{path}'"));
        refused(&text, "path", path, why);
    }
}

#[test]
fn a_get_never_writes_and_a_post_never_reads() {
    let create = "  create: { get: \"/users/{email}\" }\n";
    refused(
        &changed("", create),
        "method",
        "create",
        "a GET changes nothing",
    );
    let two = "  create: { post: /users, put: /users, send: { /email: \"{email}\" } }\n";
    refused(&changed("", two), "method", "create", "exactly one of");
    let text = changed("get: /users, whole", "post: /users, whole");
    refused(&text, "unknown-key", "post:", "`post` is no key of a list");
    let patch = "  create: { patch: /users, send: { /email: \"{email}\" } }\n";
    refused(&changed("", patch), "method", "create", "makes nobody");
}

#[test]
fn headers_carry_no_credentials() {
    for name in [
        "Authorization",
        "cookie",
        "Host",
        "X-Api-Key",
        "X-Auth-Token",
    ] {
        let text = changed("", &format!("headers: {{ {name}: hunter2 }}\n"));
        refused(
            &text,
            "header",
            name,
            "credentials go into a header by `auth",
        );
        assert!(!told(&text).contains("hunter2"), "{}", told(&text));
    }
    refused(
        &changed("", "headers: { \"a b\": x }\n"),
        "header",
        "a b",
        "cannot be the name",
    );
}

#[test]
fn secrets_do_not_stand_in_it() {
    for (from, to) in [
        ("bearer: token", "bearer: 3x4mple-T0ken"),
        ("bearer: token", "basic: [user, Hunter2]"),
        ("bearer: token", "header: { X-Key: Hunter2 }"),
    ] {
        let text = changed(from, to);
        refused(&text, "literal-secret", "auth:", "a name in");
        assert!(!told(&text).contains("unter2"), "{}", told(&text));
    }
    let create = "  create: { post: /users, send: { /email: \"{email}\", /password: Hunter2 } }\n";
    refused(
        &changed("", create),
        "literal-secret",
        "Hunter2",
        "{ random: 24 }",
    );
    assert!(!told(&changed("", create)).contains("Hunter2"));
    let query = changed(
        "get: /users,",
        "get: /users, query: { api_key: \"{key}\" },",
    );
    refused(
        &query,
        "literal-secret",
        "api_key",
        "credentials go into a header",
    );
}

#[test]
fn a_refusal_of_a_user_never_means_done() {
    let delete = "  delete: { delete: \"/users/{id}\", done: [409] }\n";
    refused(
        &changed("", delete),
        "conflict",
        "delete",
        "`done` is for `groups.add`",
    );
}

#[test]
fn what_is_always_dropped_is_no_attribute() {
    let attribute = |it: &str| changed("", &format!("attributes:\n  it: {it}\n"));
    let dropped = attribute("/api_keys/first");
    refused(
        &dropped,
        "literal-secret",
        "it:",
        "nothing under `api_keys` is ever read",
    );
    sound(&attribute("{ at: /has_token, type: flag }"));
}

#[test]
fn names_and_keys_are_known() {
    let text = changed("get: /users", "get: \"/{organisation}/users\"");
    let text = format!("{text}settings: {{ organization: {{ required: true }} }}\n");
    refused(
        &text,
        "unknown-name",
        "organisation",
        "did you mean `organization`?",
    );
    refused(
        &changed("title: Acme", "titel: Acme"),
        "unknown-key",
        "titel",
        "did you mean `title`?",
    );
    let get = "  get: { get: /users/one }\n";
    refused(
        &changed("", get),
        "unknown-name",
        "/users/one",
        "does not say whom it reads",
    );
    let login = "  create: { post: /users, send: { /name: \"{login}\" } }\n";
    refused(
        &changed("", login),
        "unknown-name",
        "login",
        "`users` has no `login`",
    );
    let find = "  find: { query: { q: everybody } }\n";
    refused(
        &changed("", find),
        "unknown-name",
        "q: everybody",
        "for whom it looks",
    );
}

#[test]
fn a_list_has_an_end_that_can_be_seen() {
    let page = "page: { by: offset, offset: offset, limit: limit, size: 100 }";
    let text = changed("whole: true", page);
    refused(&text, "no-proof", "get: /users", "walk: twice");
    refused(
        &changed(", whole: true", ""),
        "no-proof",
        "get: /users",
        "half of it would pass",
    );
    let both = changed("whole: true", &format!("whole: true, {page}"));
    refused(&both, "no-proof", "whole", "this list has pages");
    let twice = changed("whole: true", "whole: true, walk: twice");
    refused(&twice, "no-proof", "walk", "for pages by offset");
    let page = "page: { by: cursor, at: /next, offset: x }";
    refused(
        &changed("whole: true", page),
        "missing-key",
        "cursor",
        "has no `cursor`",
    );
    refused(
        &changed("whole: true", page),
        "unknown-key",
        "offset: x",
        "have no `offset`",
    );
    let doubled = "page: { by: page, page: p, limit: n, size: 9 }, total: /t, query: { p: 1 }";
    refused(
        &changed("whole: true", doubled),
        "conflict",
        "get: /users",
        "sends `p` twice",
    );
}

#[test]
fn who_is_switched_off_can_be_seen_and_switched_on() {
    let off = "  deactivate: { post: \"/users/{id}/off\" }\n";
    refused(
        &changed("", off),
        "missing-key",
        "deactivate",
        "go together",
    );
    refused(
        &changed("", off),
        "missing-key",
        "deactivate",
        "nothing shows whether",
    );
    let wrong = "  active: { at: /status, inactive: [off] }\n  deactivate: { patch: \"/users/{id}\", \
                 send: { /status: paused } }\n  reactivate: { patch: \"/users/{id}\", send: { /status: off } }\n";
    refused(
        &changed("", wrong),
        "conflict",
        "deactivate",
        "sends \"paused\" to `/status`, which means access",
    );
    refused(
        &changed("", wrong),
        "conflict",
        "reactivate",
        "sends \"off\" to `/status`, which means no access",
    );
    let both = "  active: { at: /status, active: [x], inactive: [x] }\n";
    refused(&changed("", both), "conflict", "active", "access and none");
    refused(
        &changed("", "  active: { at: /status }\n"),
        "missing-key",
        "active",
        "which values mean access",
    );
}

#[test]
fn groups_are_changed_in_both_directions_and_seen() {
    let groups = |rest: &str| {
        changed(
            "",
            &format!("groups:\n  list: {{ get: /groups, whole: true }}\n{rest}"),
        )
    };
    let add = "  add: { post: \"/groups/{group}/users\", send: { /id: \"{id}\" } }\n";
    let remove = "  remove: { delete: \"/groups/{group}/users/{id}\" }\n";
    refused(
        &groups(add),
        "missing-key",
        "",
        "`add` and `remove` go together",
    );
    refused(
        &groups(&format!("{add}{remove}")),
        "missing-key",
        "",
        "`members` shows what they did",
    );
    sound(&groups(&format!(
        "{add}{remove}  members: {{ at: /users }}\n"
    )));
    let of = "attributes:\n  team: { at: /team, of: groups }\n";
    refused(&changed("", of), "missing-key", "team", "there are none");
}

#[test]
fn what_is_written_is_read() {
    let attribute = |rest: &str| changed("", &format!("attributes:\n  remark: {{ {rest} }}\n"));
    refused(
        &attribute("write: /note"),
        "missing-key",
        "remark",
        "written and never read",
    );
    sound(&attribute("write: /note, mode: write"));
    sound(&attribute("write: /note, mode: create"));
    refused(
        &attribute("doc: x"),
        "missing-key",
        "remark",
        "stands nowhere",
    );
}

#[test]
fn two_things_do_not_stand_in_one_place() {
    let attributes = |rest: &str| changed("", &format!("attributes:\n{rest}"));
    let two = attributes("  a: /x\n  b: /x\n");
    refused(&two, "two-in-one", "b: /x", "`b` and a are in one place");
    refused(
        &attributes("  mail: /email\n"),
        "two-in-one",
        "mail",
        "the e-mail",
    );
    let values = attributes("  level: { at: /level, values: { low: 1, small: 1 } }\n");
    refused(&values, "two-in-one", "level", "the same at the vendor");
    let send = "  create: { post: /users, send: { /a: \"{email}\", /a/b: 1 } }\n";
    refused(&changed("", send), "two-in-one", "/a/b", "in one another");
    let entries = attributes(
        "  work: { at: /phones, where: { /type: work }, take: /number }\n  \
         home: { at: /phones, where: { /type: home }, take: /number }\n",
    );
    sound(&entries);
}

#[test]
fn a_put_that_makes_takes_nobody_over() {
    let put = "  create: { put: \"/users/{email}\" }\n";
    refused(
        &changed("", put),
        "no-guard",
        "create",
        "take over whoever is there",
    );
    let guarded = "  create: { put: \"/users/{email}\", headers: { If-None-Match: \"*\" } }\n";
    sound(&changed("", guarded));
    let looked = changed("id: /id", "id: /email");
    sound(&format!(
        "{looked}  get: {{ get: \"/users/{{id}}\" }}\n{put}"
    ));
    let nobody = "  create: { post: /users, send: { /name: x } }\n";
    refused(
        &changed("", nobody),
        "missing-key",
        "create",
        "does not say whom it makes",
    );
}

#[test]
fn whole_objects_are_read_before_they_are_sent() {
    let update = "  update: { put: \"/users/{id}\", body: whole }\n";
    refused(
        &changed("", update),
        "missing-key",
        "update",
        "there is no `users.get`",
    );
    let drop = "  update: { patch: \"/users/{id}\", drop: [/x] }\n";
    refused(
        &changed("", drop),
        "conflict",
        "drop",
        "is for `body: whole`",
    );
    let each = changed("whole: true", "whole: true, each: get");
    refused(
        &each,
        "missing-key",
        "get: /users",
        "there is no `users.get`",
    );
}

#[test]
fn it_is_short_and_plain() {
    let long = format!("{LEAST}# {}\n", "x".repeat(MOST_BYTES));
    refused(&long, "too-large", "", "at most 65536 bytes");
    let anchor = changed("get: /users", "get: &a /users");
    refused(&anchor, "alias", "&a", "has no anchors");
    let merge = changed("", "limits: { <<: { burst: 1 } }\n");
    refused(&merge, "merge-key", "<<", "merge keys");
    refused(
        &format!("{LEAST}---\n{LEAST}"),
        "defined-twice",
        "",
        "is one document",
    );
    refused("", "missing-key", "", "the description is empty");
    refused("- a\n", "wrong-type", "", "has to be a map");
    refused(
        &changed("connector: 1", "connector: 2"),
        "version",
        "connector",
        "write `connector: 1`",
    );
    refused(
        &changed("id: /id", "id: id"),
        "pointer",
        "id: id",
        "begins with `/`",
    );
    refused(
        &changed("get: /users", "get: \"/users/{id\""),
        "template",
        "{id",
        "no `}` behind it",
    );
    refused(
        &changed("title: Acme\n", ""),
        "missing-key",
        "",
        "has no `title`",
    );
}

#[test]
fn everything_is_told_at_once() {
    let text = "connector: 1\ntitle: Acme\nauth: { bearer: 'A b' }\nusers:\n  id: id\n  list: { get: users }\n";
    insta::assert_snapshot!(told(text));
}

#[test]
fn administrators_have_a_value_and_rights() {
    let attribute = |rest: &str| {
        changed(
            "",
            &format!("attributes:\n  role: {{ at: /role, {rest} }}\n"),
        )
    };
    refused(
        &attribute("values: { a: 1 }, admin: b, rights: any"),
        "conflict",
        "role",
        "never has the value \"b\"",
    );
    refused(
        &attribute("admin: root"),
        "conflict",
        "role",
        "carries no rights",
    );
    refused(
        &attribute("rights: ranked"),
        "missing-key",
        "role",
        "the order of `values`",
    );
    refused(
        &attribute("type: choice"),
        "missing-key",
        "role",
        "a choice without `values`",
    );
    sound(&attribute("type: flag, admin: true"));
}

#[test]
fn what_is_said_twice_or_of_a_list_counts_for_nothing_and_is_refused() {
    let sends = "  create: { post: /users, send: { /mail: \"{email}\", /tags: \"\" } }\nattributes:\n  tags: { at: /tags, type: set }\n";
    refused(
        &changed("", sends),
        "two-in-one",
        "post: /users",
        "`send` and `tags` are in one place",
    );
    let default = "attributes:\n  tags: { at: /tags, type: set, default: \"\" }\n";
    refused(
        &changed("", default),
        "conflict",
        "tags",
        "has no `default`",
    );
    let admin = "attributes:\n  tags: { at: /tags, type: set, admin: root }\n";
    refused(
        &changed("", admin),
        "conflict",
        "tags",
        "say it in the roster: `admins:",
    );
    let own = "self: { account: false }\n";
    refused(&changed("", own), "missing-key", "self", "without `self`");
}

#[test]
fn an_entry_of_a_list_does_not_stand_beside_the_whole_list() {
    let one = "phone: { at: /phones, where: { /kind: work }, take: /number }";
    let all = "phones: { at: /phones, each: /number, type: set }";
    for (first, second, marked) in [(one, all, "phones:"), (all, one, "phone:")] {
        let both = format!("attributes:\n  {first}\n  {second}\n");
        refused(
            &changed("", &both),
            "two-in-one",
            marked,
            "are in one place",
        );
    }
}
