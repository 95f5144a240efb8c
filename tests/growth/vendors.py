"""What a vendor, or what was kept from earlier runs, can make long: rows of lists, and lists in one
row. Each function gives the input of that length. Standard library only."""

import re
import urllib.parse

from case import Case, Table, numbered, person

AUTH = {"auth": {"token": {"env": "T"}}}
UNBOUND = {"max": {"deactivations": "100%"}, "own_account": "me@example.com"}
# A vendor that could not be read would count for nothing.
READ = (0, 2, 4)


def roster(people, vendors, **more):
    return {"version": 1, "vendors": vendors, "people": people, **more}


# Bitsight: users with roles and features, and access groups.


def bitsight_row(n, features=(), locked=False, role="customer_user", status="Activated", group=0, email=None):
    shown = [{"slug": slug, "value": True, "can_update": not locked} for slug in features]
    return {"guid": f"u{n}", "friendly_name": f"F{n}", "formal_name": f"F{n} L", "email": email or f"p{n}@example.com",
            "group": {"guid": f"g{group}", "name": f"G{group}"}, "status": status, "roles": [{"slug": role}], "features": shown}  # fmt: skip


ME = bitsight_row("me", role="customer_admin", email="me@example.com")


def bitsight(people, rows, words="plan", groups=1, settings=None, before=(), **more):
    rows = [ME, *rows]
    by_guid = {row["guid"]: row for row in rows}
    sets = [{"guid": f"g{i}", "name": f"G{i}", "is_default": i == 0} for i in range(groups)]

    def list_(query):
        shown = [it for it in rows if "status=Deactivated" not in query or it["status"] == "Deactivated"]
        return {"links": {"next": None, "previous": None}, "count": len(shown), "results": shown}

    answers = {"/ratings/v2/users": list_, "/ratings/v2/users/current": ME, "/ratings/v1/access-groups": {"groups": sets}}
    answers |= {f"/ratings/v2/users/{guid}": row for guid, row in by_guid.items()}

    def write(method, path, body):
        if method == "POST":
            row = bitsight_row(len(rows), email=body["email"]) | {"friendly_name": body.get("friendly_name"), "formal_name": body.get("formal_name")}
            rows.append(row)
            answers[f"/ratings/v2/users/{row['guid']}"] = row
            return 201, row
        row = answers[path]
        for key in ("friendly_name", "formal_name", "status"):
            row[key] = body.get(key, row[key])
        if "features" in body:
            row["features"] = [{**it, "can_update": True} for it in body["features"]]
        return 200, row

    vendor = {"bitsight": {**AUTH, **UNBOUND, **(settings or {})}}
    return Case(roster(people, vendor, **more), words, before, Table(answers, write), exits=READ)


def at_bitsight(n, **more):
    return person(n, accounts={"bitsight": {"role": "customer_user", **more}})


def bitsight_users(n):
    return bitsight([at_bitsight(i) for i in range(n)], [bitsight_row(i) for i in range(n)])


def bitsight_features(n):
    names = numbered("f", n)
    return bitsight([at_bitsight(0, features=dict.fromkeys(names, False))], [bitsight_row(0, names)])


def bitsight_locked_features(n):
    names = numbered("f", n)
    return bitsight([at_bitsight(0, features=dict.fromkeys(names, False))], [bitsight_row(0, names, locked=True)])


def bitsight_unknown_features(n):
    return bitsight([at_bitsight(0, features=dict.fromkeys(numbered("g", n), False))], [bitsight_row(0, numbered("f", n))])


def bitsight_groups(n):
    people = [at_bitsight(i, group=f"G{i}") for i in range(n // 2)]
    return bitsight(people, [bitsight_row(i, group=i + 1) for i in range(n // 2)], groups=n)


def bitsight_unknown_groups(n):
    people = [at_bitsight(i, group=f"H{i}") for i in range(n // 2)]
    return bitsight(people, [bitsight_row(i) for i in range(n // 2)], groups=n)


def bitsight_strangers(n):
    return bitsight([], [bitsight_row(i) for i in range(n)], settings={"unlisted": "deactivate"})


def bitsight_creates(n):
    return bitsight([at_bitsight(i) for i in range(n)], [])


def bitsight_look_alikes(n):
    rows = [bitsight_row(i, email=f"p{i}@example.org") for i in range(n)]
    return bitsight([at_bitsight(i) for i in range(n)], rows)


def bitsight_renames(n):
    people = [{**at_bitsight(i), "previous_emails": [f"o{i}@example.com"]} for i in range(n)]
    return bitsight(people, [bitsight_row(i, email=f"o{i}@example.com") for i in range(n)])


def bitsight_one_address(n):
    rows = [bitsight_row(i, email="p0@example.com") for i in range(n)]
    return bitsight([at_bitsight(i) for i in range(n)], rows)


def bitsight_odd(n):
    rows = [{**bitsight_row(i), "email": 7, "formal_name": [f"F{i} L", f"p{i}@example.com"]} for i in range(n)]
    people = [{**at_bitsight(i), "active": i % 2 == 0} for i in range(n)]
    return bitsight(people, rows)


def bitsight_leavers_odd(n):
    case = bitsight_odd(n)
    case.words = ["leavers"]
    return case


def bitsight_administrators_off(n):
    rows = [bitsight_row(i, role="customer_admin", status="Deactivated") for i in range(n)]
    people = [{**at_bitsight(i), "active": False} for i in range(n)]
    return bitsight(people, rows, settings={"leavers": {"delete_after": "30d"}})


def protected(n):
    patterns = [it for i in range(n) for it in (f"q{i}@example.com", f"*@d{i}.example")]
    return bitsight([], [bitsight_row(i) for i in range(n)], settings={"unlisted": "deactivate", "protect": patterns})


def asserted(n):
    rules = [{"seats": {"vendor": "bitsight", "at_most": n + i}} for i in range(n)]
    rules += [{"admins": {"vendor": "bitsight", "at_most": n + i}} for i in range(n)]
    return bitsight([at_bitsight(i) for i in range(n)], [], **{"assert": rules})


def broken_assertions(n):
    """Each create is one seat too many."""
    rules = [{"seats": {"vendor": "bitsight", "at_most": n}}]
    people = [{**at_bitsight(i), "starts": "2020-01-01"} for i in range(n)] + [{**at_bitsight(n + i), "active": False} for i in range(n)]
    return bitsight(people, [bitsight_row(i, email=f"q{i}@example.com") for i in range(n)], **{"assert": rules})


def leavers(n):
    people = [{**at_bitsight(i), "active": False} for i in range(n)]
    return bitsight(people, [bitsight_row(i) for i in range(n)], "leavers")


def imported(n):
    return bitsight([], [bitsight_row(i, [f"f{i % 7}"]) for i in range(n)], "import")


def imported_profiles(n):
    # Nobody has what another one has.
    return bitsight([], [bitsight_row(i, [f"f{i}", f"g{i // 2}"]) for i in range(n)], "import")


def import_among_profiles(n):
    """Profiles that are nobody's, beside people whom none of them suits."""
    profiles = {f"x{i}": {"bitsight": {"features": {f"f{i}": True, "all": True}}} for i in range(n)}
    rows = [bitsight_row(i, ["all", f"g{i}"]) for i in range(n)]
    return bitsight([], rows, "import --merge users.yaml --out new.yaml", profiles=profiles)


def imported_pairs(n):
    """Three people a pair of features, and one more who has the one and not the other."""
    rows = [bitsight_row(4 * i + k, ["all", f"f{i}", f"g{i}"] if k < 3 else ["all", f"f{i}"]) for i in range(n) for k in range(4)]
    return bitsight([], rows, "import")


def imported_features(n):
    return bitsight([], [bitsight_row(i, numbered("f", n)) for i in range(2)], "import")


def import_merge(n):
    people = [at_bitsight(i) for i in range(n // 2)]
    return bitsight(people, [bitsight_row(i) for i in range(n)], "import --merge users.yaml --out new.yaml")


def explained(n):
    return bitsight([at_bitsight(i) for i in range(n)], [bitsight_row(i) for i in range(n)], "explain p1@example.com")


def plan_json(n):
    case = bitsight_creates(n)
    case.words = ["plan", "--format", "json"]
    return case


def plan_markdown(n):
    case = bitsight_strangers(n)
    case.words = ["plan", "--format", "markdown", "--mask"]
    return case


def plan_html(n):
    case = bitsight_creates(n)
    case.words = ["plan", "--format", "html"]
    return case


def plan_base(n):
    """Half of the people are gone from the roster, and the others' role is another one."""
    case = bitsight([at_bitsight(i) for i in range(n // 2)], [bitsight_row(i) for i in range(n)], f"plan --base old/users.yaml --allow-lost-people {n}")
    old = {**case.files["users.yaml"], "people": [at_bitsight(i, features={f"f{i}": True}) for i in range(n)]}
    case.files["old/users.yaml"] = old
    return case


def plan_base_rules(n):
    """Every rule is another one than in the base."""
    rules = lambda word: {"protect": [f"{word}{i}@example.com" for i in range(n)], "assert": [{"domains": {"only": ["example.com", f"{word}{i}.example"]}} for i in range(n)]}  # noqa: E731
    case = bitsight([at_bitsight(0)], [bitsight_row(0)], "plan --base old/users.yaml", **rules("a"))
    case.files["old/users.yaml"] = {**case.files["users.yaml"], **rules("b")}
    return case


def plan_base_features(n):
    """One account keeps what the base managed and this roster does not."""
    case = bitsight([at_bitsight(0)], [bitsight_row(0, numbered("f", n))], "plan --base old/users.yaml")
    case.files["old/users.yaml"] = {**case.files["users.yaml"], "people": [at_bitsight(0, features=dict.fromkeys(numbered("f", n), True))]}
    return case


def plan_person(n):
    case = bitsight_users(n)
    case.words = ["plan"] + [it for i in range(n) for it in ("--person", f"p{i}@example.com")]
    return case


def apply(n):
    return bitsight([at_bitsight(i) for i in range(n)], [], "apply --yes")


def apply_features(n):
    names = numbered("f", n)
    row = bitsight_row(0, names)
    return bitsight([at_bitsight(0, features=dict.fromkeys(names, False))], [row], "apply --yes")


def apply_leavers(n):
    people = [{**at_bitsight(i), "active": False} for i in range(n)]
    return bitsight(people, [bitsight_row(i) for i in range(n)], "apply --yes")


def apply_updates(n):
    people = [{**at_bitsight(i), "first_name": f"N{i}"} for i in range(n)]
    return bitsight(people, [bitsight_row(i) for i in range(n)], "apply --yes")


def apply_plan(n):
    case = bitsight([at_bitsight(i) for i in range(n)], [], "apply --plan plan.json --yes", before=["plan --out plan.json"])
    return case


def apply_stale(n):
    case = apply_plan(n)
    case.words += ["--skip-stale"]
    case.files["users.yaml"]["people"] = case.files["users.yaml"]["people"][:]
    return case


def journal_show(n):
    return bitsight([at_bitsight(i) for i in range(n)], [], "journal show j.ndjson", before=["apply --yes --journal j.ndjson"])


def journal_verify(n):
    return bitsight([at_bitsight(i) for i in range(n)], [], "journal verify j.ndjson", before=["apply --yes --journal j.ndjson"])


def undo(n):
    return bitsight([at_bitsight(i) for i in range(n)], [], "undo j.ndjson --yes", before=["apply --yes --journal j.ndjson"])


def runs(n, words):
    """A journal of so many runs."""
    before = [f"apply --yes --journal j.ndjson --person p{i}@example.com" for i in range(n)]
    return bitsight([at_bitsight(i) for i in range(n)], [], words, before=before)


def undo_of_runs(n):
    return runs(n, "undo j.ndjson --yes")


def journal_of_runs(n):
    return runs(n, "journal show j.ndjson")


def leavers_of_commits(n):
    """Each commit takes somebody away and brings somebody else."""
    case = bitsight([at_bitsight(n)], [bitsight_row(i) for i in range(5)], "leavers")
    case.history = [{**case.files["users.yaml"], "people": [at_bitsight(i)]} for i in range(n)]
    return case


def leavers_of_addresses(n):
    """Somebody is gone who had many addresses."""
    case = bitsight([at_bitsight(0)], [bitsight_row(0)], "leavers")
    gone = {**at_bitsight(1), "previous_emails": [f"o{i}@example.com" for i in range(n)]}
    case.history = [{**case.files["users.yaml"], "people": [at_bitsight(0), gone]}] * 2
    return case


def explained_commits(n):
    """Each line of somebody is of another commit."""
    names = numbered("f", n)
    case = bitsight([at_bitsight(0, features=dict.fromkeys(names, True))], [bitsight_row(0, names)], "explain p0@example.com")
    people = [[at_bitsight(0, features=dict.fromkeys(names[: i + 1], True))] for i in range(n)]
    case.history = [{**case.files["users.yaml"], "people": it} for it in people]
    return case


def secrets(n):
    """Each vendor has a secret of its own."""
    case = bitsight([], [])
    vendor = case.files["users.yaml"]["vendors"]["bitsight"]
    case.files["users.yaml"]["vendors"] = {f"v{i}": {**vendor, "kind": "bitsight", "auth": {"token": {"env": f"T{i}"}}} for i in range(n)}
    case.env = {f"T{i}": f"secret-{i}-of-many" for i in range(n)}
    return case


def fleet(n):
    roster = {"version": 1, "people": []}
    return Case(None, "fleet plan tenants", files={f"tenants/t{i}/users.yaml": {**roster, "state": f"../../s{i}"} for i in range(n)})


# LogicGate: users and their roles.


def logicgate_row(n, roles):
    return {"id": f"u{n}", "email": f"p{n}@example.com", "first": f"F{n}", "last": "L", "tier": "LIMITED", "active": True, "disabled": False,
            "roles": [{"id": f"i{i}", "name": name} for i, name in roles]}  # fmt: skip


def logicgate(people, rows, words="plan", settings=None):
    page = {"content": rows, "last": True, "first": True, "totalPages": 1, "totalElements": len(rows), "number": 0, "size": 1000, "numberOfElements": len(rows)}
    vendor = {"logicgate": {**AUTH, **UNBOUND, **(settings or {})}}
    return Case(roster(people, vendor), words, vendor=Table({"/api/v1/users": page}), exits=READ)


def at_logicgate(n, roles):
    return person(n, accounts={"logicgate": {"tier": "LIMITED", "roles": roles}})


def logicgate_users(n):
    return logicgate([at_logicgate(i, ["r"]) for i in range(n)], [logicgate_row(i, [(0, "r")]) for i in range(n)])


def logicgate_roles(n):
    held = list(enumerate(numbered("r", n)))
    return logicgate([at_logicgate(0, [name for _, name in held[1:]] + ["new"])], [logicgate_row(0, held), logicgate_row(1, [(n, "new")])])


def logicgate_unknown_roles(n):
    held = list(enumerate(numbered("r", n)))
    return logicgate([at_logicgate(0, numbered("unknown", n))], [logicgate_row(0, held)])


def logicgate_role_ids(n):
    settings = {"role_ids": {f"r{i}": f"i{i}" for i in range(n)}}
    return logicgate([at_logicgate(0, numbered("r", n))], [logicgate_row(0, list(enumerate(numbered("s", n))))], settings=settings)


def logicgate_one_name(n):
    held = [(i, "r") for i in range(n)]
    return logicgate([at_logicgate(i, ["r"]) for i in range(n)], [logicgate_row(0, held)])


def logicgate_import(n):
    return logicgate([], [logicgate_row(0, list(enumerate(numbered("r", n))))], "import")


# SnapLogic: users, groups, members.


def snaplogic(people, names, groups, words="plan", apps=None):
    rows = [{"username": it, "first_name": "F", "last_name": "L", "ui_access": True, "utility": False,
             "user_setting": {"app_access": apps or {"Org": {"designer": True}}}} for it in ["me@example.com", *names]]  # fmt: skip
    members = {"members": [it["username"] for it in rows]}
    base = "/api/1/rest/public"
    answers = {f"{base}/assetapi/user/settings": {"users": rows}, f"{base}/groups/Org": {"groups": ["members", "admins", *groups]},
               f"{base}/groups/Org/members": members, f"{base}/groups/Org/admins": {"members": ["me@example.com"]}}  # fmt: skip
    answers |= {f"{base}/groups/Org/{name}": {"members": inside} for name, inside in groups.items()}
    for row in rows:
        answers[f"{base}/users/{row['username']}"] = {"email": row["username"], "first_name": "F", "last_name": "L", "organizations": [{"name": "Org", "administrator": False}]}
    vendor = {"snaplogic": {"auth": {"email": {"env": "E"}, "password": {"env": "T"}}, "organization": "Org", "max": UNBOUND["max"]}}
    return Case(roster(people, vendor), words, vendor=Table(answers), exits=READ)


def at_snaplogic(n, **more):
    return person(n, accounts={"snaplogic": more})


def snaplogic_users(n):
    return snaplogic([at_snaplogic(i) for i in range(n)], [f"p{i}@example.com" for i in range(n)], {})


def snaplogic_groups(n):
    groups = {f"g{i}": ["p0@example.com"] for i in range(n)}
    return snaplogic([at_snaplogic(0, groups=[f"g{i}" for i in range(1, n)])], ["p0@example.com"], groups)


def snaplogic_members(n):
    names = [f"p{i}@example.com" for i in range(n)]
    return snaplogic([at_snaplogic(i, groups=["g", "h"]) for i in range(n)], names, {"g": names, "h": names[1:]})


def snaplogic_strange_members(n):
    return snaplogic([at_snaplogic(0, groups=["g"])], ["p0@example.com"], {"g": [f"q{i}@example.com" for i in range(n)]})


def snaplogic_apps(n):
    return snaplogic([at_snaplogic(0)], ["p0@example.com"], {}, apps={f"Org{i}": {"designer": True} for i in range(n)})


def snaplogic_import(n):
    names = [f"p{i}@example.com" for i in range(n)]
    return snaplogic([], names, {"g": names, "h": names[1:]}, "import")


# SCIM: users, groups, members, what the server says of itself.

USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def scim_row(n, **more):
    address = f"p{n}@example.com"
    return {"schemas": [USER], "id": f"u{n}", "userName": address, "active": True, "name": {"givenName": f"F{n}", "familyName": "L"},
            "emails": [{"value": address, "primary": True}], **more}  # fmt: skip


def scim_page(rows):
    return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": len(rows), "startIndex": 1, "itemsPerPage": len(rows), "Resources": rows}


def scim(people, rows, groups=(), words="plan", settings=None, **more):
    """`groups` are lists of user numbers."""
    sets = [{"id": f"i{i}", "displayName": f"g{i}", "members": [{"value": f"u{n}"} for n in inside]} for i, inside in enumerate(groups)]
    answers = {"/Users": scim_page(rows), "/Groups": scim_page(sets), **more.pop("answers", {})}
    answers |= {f"/Users/{row['id']}": row for row in rows if "id" in row} | {f"/Groups/{it['id']}": it for it in sets}

    def write(method, path, body):
        found = answers.get(path)
        if method == "POST":
            row = {**body, "id": f"n{len(rows)}"}
            rows.append(row)
            answers["/Users"], answers[f"/Users/{row['id']}"] = scim_page(rows), row
            return 201, row
        if method == "PUT":
            answers[path] = body
            return 200, body
        for operation in body.get("Operations", []):
            value, path = operation.get("value"), operation.get("path", "")
            if path == "members":
                found["members"] = found["members"] + value if operation["op"].lower() == "add" else value
            elif path.startswith("members["):
                found["members"] = [it for it in found["members"] if f'"{it["value"]}"' not in path]
            elif path.startswith("urn:"):
                urn, _, name = path.rpartition(":")
                found.setdefault(urn, {})[name] = value
            elif path:
                found[path] = value
            else:
                found.update(value)
        return 200, found

    vendor = {"app": {"kind": "scim", **AUTH, **UNBOUND, **(settings or {})}}
    return Case(roster(people, vendor), words, vendor=Table(answers, write), exits=READ)


def at_app(n, **more):
    return person(n, accounts={"app": more})


def scim_users(n):
    return scim([at_app(i) for i in range(n)], [scim_row(i) for i in range(n)])


def scim_groups(n):
    return scim([at_app(0, groups=numbered("g", n)[1:])], [scim_row(0)], [[0]] * n)


def scim_unknown_groups(n):
    return scim([at_app(0, groups=numbered("h", n))], [scim_row(0)], [[0]] * n)


def scim_members(n):
    people = [at_app(i, groups=["g0", "g1"]) for i in range(n)]
    return scim(people, [scim_row(i) for i in range(n)], [range(n), range(1, n)])


def scim_strange_members(n):
    return scim([at_app(0, groups=["g0"])], [scim_row(0)], [range(n)])


def scim_additive(n):
    return scim([at_app(0, groups=numbered("g", n)[1:])], [scim_row(0)], [[0]] * n, settings={"membership": "additive"})


def scim_emails(n):
    others = [{"value": f"o{i}@example.com"} for i in range(n)]
    row = scim_row(0)
    row["emails"] += others
    return scim([at_app(0, emails=[it["value"] for it in others[1:]] + ["new@example.com"])], [row])


def scim_values(n):
    row = scim_row(0, phoneNumbers=[{"value": f"+1 555 {i}"} for i in range(n)])
    return scim([at_app(0, phone_numbers=[f"+1 555 {i}" for i in range(1, n)])], [row])


def scim_extension(n):
    urn = "urn:example:User"
    row = scim_row(0, **{urn: {f"k{i}": "x" for i in range(n)}})
    return scim([at_app(0, **{urn: {f"k{i}": "y" for i in range(n)}})], [row])


def scim_extensions(n):
    row = scim_row(0, **{f"urn:example:e{i}:User": {"k": "x"} for i in range(n)})
    return scim([at_app(0)], [row])


def scim_fields(n):
    return scim([at_app(0)], [scim_row(0, **{f"k{i}": "x" for i in range(n)})])


def scim_schemas(n):
    schemas = [{"id": f"urn:example:e{i}", "attributes": [{"name": "k", "type": "string"}]} for i in range(n)]
    return scim([at_app(0)], [scim_row(0)], answers={"/Schemas": scim_page(schemas)})


def scim_schema(n):
    attributes = [{"name": f"k{i}", "type": "string", "subAttributes": [{"name": "value", "type": "string"}]} for i in range(n)]
    return scim([at_app(0)], [scim_row(0)], answers={"/Schemas": scim_page([{"id": USER, "attributes": attributes + [{"name": "userName", "type": "string"}]}])})


def scim_resource_types(n):
    types = [{"id": f"T{i}", "name": f"T{i}", "endpoint": f"/T{i}", "schema": f"urn:example:t{i}"} for i in range(n)]
    return scim([at_app(0)], [scim_row(0)], answers={"/ResourceTypes": scim_page(types)})


def scim_odd(n):
    rows = [{"schemas": [USER], "id": f"u{i}", "active": True, "emails": [{"value": f"p{i}@example.com"}]} for i in range(n)]
    return scim([at_app(i) for i in range(n)] + [at_app(n)], [*rows, scim_row(n)])


def scim_managers(n):
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    rows = [scim_row(i, **{urn: {"manager": {"value": f"u{i // 2}"}}}) for i in range(n)]
    return scim([at_app(i, manager=f"p{i // 3}@example.com") for i in range(n)], rows)


def scim_same_names(n):
    """Nobody shows an address, and all have one name."""
    rows = [{"schemas": [USER], "id": f"u{i}", "userName": f"p{i}_x", "active": True, "name": {"givenName": "F", "familyName": "L"}} for i in range(n)]
    people = [{**at_app(i, given_name="F", family_name="L"), "first_name": "F"} for i in range(n)]
    return scim(people, rows)


def scim_own_groups(n):
    """Groups show nobody, and users show their groups."""
    rows = [scim_row(i, groups=[{"value": f"i{i // 4}"}]) for i in range(n)]
    return scim([at_app(i, groups=[f"g{i // 4}"]) for i in range(n)], rows, [[]] * (n // 4 + 1))


def scim_search(n):
    rows = [scim_row(i) for i in range(n)]

    def users(query):
        asked = re.search(r"p\d+", urllib.parse.unquote(query))
        return scim_page([rows[int(asked[0][1:])]] if asked else [])

    return scim([at_app(i) for i in range(n)], rows, answers={"/Users": users}, settings={"read": "search", "max": {"deactivations": n}})


def scim_apply_users(n):
    people = [at_app(i, title="x") for i in range(n)]
    return scim(people, [scim_row(i) for i in range(n)], words="apply --yes")


def scim_apply_managers(n):
    return scim([at_app(i, manager="p0@example.com") for i in range(n)], [scim_row(i) for i in range(n)], words="apply --yes")


def scim_apply_teams(n):
    """Each four people are in a group of their own."""
    people = [at_app(i, groups=[f"g{i // 4}"]) for i in range(n)]
    return scim(people, [scim_row(i) for i in range(n)], [[]] * (n // 4), "apply --yes")


def scim_apply_groups(n):
    return scim([at_app(0, groups=numbered("g", n))], [scim_row(0)], [[]] * n, "apply --yes")


def scim_apply_members(n):
    people = [at_app(i, groups=["g0"]) for i in range(n)]
    return scim(people, [scim_row(i) for i in range(n)], [[]], "apply --yes")


def scim_apply_values(n):
    case = scim_emails(n)
    case.words = ["apply", "--yes"]
    return case


def scim_apply_extension(n):
    case = scim_extension(n)
    case.words = ["apply", "--yes"]
    return case


def scim_apply_new_extension(n):
    """The vendor shows none of it yet, or by other letters."""
    urn = "urn:example:User"
    row = scim_row(0, **{"urn:EXAMPLE:User": {f"K{i}": "x" for i in range(n)}})
    return scim([at_app(0, **{urn: {f"k{i}": "y" for i in range(2 * n)}})], [row], words="apply --yes")


def scim_apply_extensions(n):
    people = [at_app(0, **{f"urn:example:e{i}:User": {"k": "y"} for i in range(n)})]
    return scim(people, [scim_row(0)], words="apply --yes", settings={"patch": "off"})


def scim_apply_leavers(n):
    people = [{**at_app(i), "active": False} for i in range(n)]
    me = {**scim_row("me"), "userName": "me@example.com"}
    return scim(people, [me, *(scim_row(i) for i in range(n))], words="apply --yes")


def scim_apply_creates(n):
    return scim([at_app(i) for i in range(n)], [{**scim_row("me"), "userName": "me@example.com"}], words="apply --yes")


# SureCloud: a record of what was written.


def surecloud(n, words, before=(), groups=(), **settings):
    def write(method, path, body):
        return 200, [{"userID": f"u-{it.get('email')}", **it} for it in body["users"]]

    vendor = {"surecloud": {"auth": {"jwt": {"env": "T"}}, "record": "r.json", **UNBOUND, **settings}}
    people = [person(i, accounts={"surecloud": {"role": "CONTRIBUTOR", "groups": list(groups)}}) for i in range(n)]
    return Case(roster(people, vendor), words, before, Table({}, write), exits=READ)


def surecloud_record(n):
    return surecloud(n, "plan", before=["apply --yes"])


def surecloud_apply(n):
    return surecloud(n, "apply --yes")


def surecloud_batches(n):
    return surecloud(n, "apply --yes", batch_size=50)


def surecloud_groups(n):
    return surecloud(1, "apply --yes", groups=[f"//A/g{i}" for i in range(n)])


def surecloud_record_show(n):
    return surecloud(n, "record show surecloud", before=["apply --yes"])


def surecloud_known(n):
    case = surecloud(n, "plan", known_accounts="known.csv")
    case.files["known.csv"] = "email,role\n" + "".join(f"p{i}@example.com,CONTRIBUTOR\n" for i in range(n))
    return case


VENDORS = {
    bitsight_users: 150, bitsight_features: 500, bitsight_locked_features: 400, bitsight_unknown_features: 300,
    bitsight_groups: 200, bitsight_unknown_groups: 200, bitsight_strangers: 150, bitsight_creates: 150,
    bitsight_look_alikes: 100, bitsight_renames: 100, bitsight_one_address: 150, bitsight_odd: 100,
    bitsight_leavers_odd: 100, bitsight_administrators_off: 100, protected: 100, asserted: 120, broken_assertions: 80, leavers: 120,
    imported: 100, import_merge: 60, imported_profiles: 60, import_among_profiles: 60, imported_pairs: 30, imported_features: 150, explained: 150, plan_json: 100,
    plan_markdown: 100, plan_html: 100, plan_base: 100, plan_base_rules: 100, plan_base_features: 300, plan_person: 100, apply: 30, apply_features: 300, apply_leavers: 30, apply_updates: 30,
    undo_of_runs: 10, journal_of_runs: 10, leavers_of_commits: 100, leavers_of_addresses: 150,
    explained_commits: 100, secrets: 20, fleet: 40, scim_same_names: 100, scim_own_groups: 100, scim_search: 100,
    scim_apply_new_extension: 100, scim_apply_extensions: 60, scim_apply_leavers: 20, scim_apply_creates: 20, apply_plan: 30, apply_stale: 30, journal_show: 60, journal_verify: 60, undo: 30, logicgate_users: 150,
    logicgate_roles: 300, logicgate_unknown_roles: 150, logicgate_role_ids: 300, logicgate_one_name: 60,
    logicgate_import: 200, snaplogic_users: 100, snaplogic_groups: 60, snaplogic_members: 100,
    snaplogic_strange_members: 500, snaplogic_apps: 500, snaplogic_import: 100, scim_users: 100,
    scim_groups: 150, scim_unknown_groups: 100, scim_members: 100, scim_strange_members: 400,
    scim_additive: 150, scim_emails: 300, scim_values: 400, scim_extension: 150, scim_extensions: 200,
    scim_fields: 500, scim_schemas: 200, scim_schema: 200, scim_resource_types: 300, scim_odd: 60,
    scim_managers: 100, scim_apply_users: 20, scim_apply_managers: 20, scim_apply_teams: 20,
    scim_apply_groups: 20, scim_apply_members: 20, scim_apply_values: 100,
    scim_apply_extension: 60, surecloud_record: 150, surecloud_apply: 30, surecloud_batches: 100,
    surecloud_groups: 500, surecloud_record_show: 100, surecloud_known: 150,
}  # fmt: skip
