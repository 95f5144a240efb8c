"""What a roster can make long. Each function gives the input of that length; `ROSTERS` says how long
an input is counted, so that all of them together take a minute. Standard library only."""

import json

from case import Case, numbered, person

BITSIGHT = {"bitsight": {"auth": {"token": {"env": "T"}}}}
LOGICGATE = {"logicgate": {"base_url": "https://x.example", "auth": {"token": {"env": "T"}}}}
ROLE = {"role": "customer_user"}


def roster(people, vendors=BITSIGHT, **more):
    return {"version": 1, "vendors": vendors, "people": people, **more}


def account(**more):
    return {"accounts": {"bitsight": {**ROLE, **more}}}


def features(n):
    return Case(roster([person(0, **account(features=dict.fromkeys(numbered("f", n), True)))]))


def features_of_a_profile(n):
    profiles = {"p": {"bitsight": {**ROLE, "features": dict.fromkeys(numbered("f", n), True)}}}
    return Case(roster([person(0, profiles=["p"])], profiles=profiles))


def features_everywhere(n):
    half = {"features": dict.fromkeys(numbered("f", n), True)}
    vendors = {"bitsight": {**BITSIGHT["bitsight"], "defaults": half}}
    return Case(roster([person(0, profiles=["p"], **account(**half))], vendors, profiles={"p": {"bitsight": half}}))


def people(n):
    return Case(roster([person(i, **account()) for i in range(n)]))


def people_with_days(n):
    return Case(roster([person(i, starts="2026-01-01", ends="2030-01-01", **account()) for i in range(n)]))


def people_and_profiles(n):
    profiles = {name: {"bitsight": ROLE} for name in numbered("p", n)}
    return Case(roster([person(i, profiles=[f"p{i}"]) for i in range(n)], profiles=profiles))


def previous_emails(n):
    return Case(roster([person(0, previous_emails=[f"o{i}@example.com" for i in range(n)])]))


def one_previous_email(n):
    return Case(roster([person(i, previous_emails=["o@example.com"], **account()) for i in range(n)]))


def one_email(n):
    return Case(roster([person(0) for _ in range(n)]))


def one_id(n):
    return Case(roster([person(i, **account(id="u0")) for i in range(n)]))


def bad_emails(n):
    return Case(roster([{**person(i), "email": f"p{i}"} for i in range(n)]))


def profiles_of_one(n):
    given = {name: {"logicgate": {"tier": "LIMITED", "roles": [name]}} for name in numbered("p", n)}
    return Case(roster([person(0, profiles=list(given))], LOGICGATE, profiles=given))


def disagreeing_profiles(n):
    given = {f"p{i}": {"logicgate": {"tier": "LIMITED", "company": f"c{i}"}} for i in range(n)}
    return Case(roster([person(0, profiles=list(given))], LOGICGATE, profiles=given))


def clashing_profiles(n):
    sides = {side: {"bitsight": {**ROLE, "features": dict.fromkeys(numbered("f", n), side == "a")}} for side in "ab"}
    decided = dict.fromkeys(numbered("f", n), True)
    return Case(roster([person(0, profiles=["a", "b"], **account(features=decided))], profiles=sides))


def undecided_profiles(n):
    sides = {side: {"bitsight": {**ROLE, "features": dict.fromkeys(numbered("f", n), side == "a")}} for side in "ab"}
    return Case(roster([person(0, profiles=["a", "b"])], profiles=sides))


def unknown_profiles(n):
    known = {name: {"bitsight": ROLE} for name in numbered("known", n)}
    return Case(roster([person(i, profiles=[f"unknown{i}"]) for i in range(n)], profiles=known))


def unknown_profiles_of_one(n):
    return Case(roster([person(0, profiles=numbered("unknown", n))], profiles={}))


def one_profile_twice(n):
    return Case(roster([person(0, profiles=["p"] * n)], profiles={"p": {"bitsight": ROLE}}))


def unknown_vendors(n):
    return Case(roster([person(0, accounts={name: {} for name in numbered("v", n)})]))


def vendors(n):
    given = {name: {"kind": "bitsight", "auth": {"token": {"env": "T"}}} for name in numbered("v", n)}
    return Case(roster([person(0, accounts={name: ROLE for name in given})], given))


def vendors_of_a_profile(n):
    given = {name: {"kind": "bitsight", "auth": {"token": {"env": "T"}}} for name in numbered("v", n)}
    return Case(roster([person(0, profiles=["p"])], given, profiles={"p": {name: ROLE for name in given}}))


def hidden_lines(n):
    given = {name: {"kind": "bitsight", "auth": {"token": {"env": "T"}}, "oops": 1} for name in numbered("v", n)}
    return Case({"version": 1, "vendors": given})


def unknown_kinds(n):
    return Case({"version": 1, "vendors": {name: {"kind": name} for name in numbered("v", n)}})


def roles(n):
    return Case(roster([person(0, accounts={"logicgate": {"tier": "LIMITED", "roles": numbered("r", n)}})], LOGICGATE))


def one_role_twice(n):
    return Case(roster([person(0, accounts={"logicgate": {"tier": "LIMITED", "roles": ["r"] * n}})], LOGICGATE))


def wrong_roles(n):
    return Case(roster([person(i, accounts={"bitsight": {"role": f"customer_usr{i}"}}) for i in range(n)]))


def protect(n):
    return Case(roster([person(i, **account()) for i in range(n // 8)], protect=[f"a{i}@example.com" for i in range(n)]))


def protect_of_vendors(n):
    given = {name: {"kind": "bitsight", "auth": {"token": {"env": "T"}}, "protect": [f"*@{name}.example"]} for name in numbered("v", n)}
    return Case(roster([], given))


def seats(n):
    rules = [{"seats": {"vendor": "bitsight", "at_most": i}} for i in range(n)]
    return Case(roster([person(0, **account())], **{"assert": rules}))


def assertions_and_people(n):
    rules = [{"has": {"field": "job_title"}}, {"seats": {"vendor": "bitsight", "at_most": n}}] * n
    rules += [{"domains": {"vendor": "bitsight", "only": [f"d{i}.example", "example.com"]}} for i in range(n)]
    return Case(roster([person(i, **account()) for i in range(n)], **{"assert": rules}))


def domains_of_a_rule(n):
    rules = [{"domains": {"vendor": "bitsight", "only": [f"d{i}.example" for i in range(n)]}}]
    return Case(roster([person(i, **account()) for i in range(n // 4)], **{"assert": rules}))


def never_both(n):
    def rule(i):
        first, second = ({"vendor": "bitsight", "attribute": "role", "value": f"{it}{i}"} for it in "rs")
        return {"never_both": {"first": first, "second": second}}

    return Case(roster([person(i, **account()) for i in range(n)], **{"assert": [rule(i) for i in range(n)]}))


def released(n):
    return Case(roster([person(0)], released=[{"email": f"r{i}@example.com", "note": "x"} for i in range(n)]))


def settings_map(n):
    vendors = {"logicgate": {**LOGICGATE["logicgate"], "role_ids": {f"r{i}": f"i{i}" for i in range(n)}}}
    return Case({"version": 1, "vendors": vendors})


def administrators(n):
    vendors = {"bitsight": {**BITSIGHT["bitsight"], "admins": [{"attribute": "role", "values": numbered("r", n)}]}}
    return Case(roster([person(i, **account()) for i in range(n // 8)], vendors))


def administrator_rules(n):
    vendors = {"bitsight": {**BITSIGHT["bitsight"], "admins": [{"attribute": f"features.f{i}", "values": [True]} for i in range(n)]}}
    return Case(roster([person(0, **account(features={"f1": True}))], vendors))


def unknown_keys(n):
    return Case({name: 1 for name in numbered("key", n)})


def unknown_person_keys(n):
    return Case(roster([{**person(0), **{name: 1 for name in numbered("key", n)}}]))


def unknown_attributes(n):
    return Case(roster([person(0, **account(**{name: 1 for name in numbered("key", n)}))]))


def warnings(n):
    return Case(roster([person(i, previous_emails=[f"p{i}@example.com"], **account()) for i in range(n)]))


def doubled_keys(n):
    return Case("".join(f"key{i % (n // 2)}: 1\n" for i in range(n)))


def x_keys(n):
    return Case("people: []\n" + "".join(f"x-{i}: 1\n" for i in range(n)))


def documents(n):
    return Case("people: []\n---\n" * n)


def files(n):
    return Case(None, files={f"f{i}.yaml": {"people": [person(i)]} for i in range(n)}, words="validate .")


def named_files(n):
    words = " ".join(f"f{i}.yaml" for i in range(n))
    return Case(None, files={f"f{i}.yaml": {"people": [person(i)]} for i in range(n)}, words=f"validate {words}")


def long_line(n):
    return Case(json.dumps(roster([person(i) for i in range(n)])))


def faults_on_a_line(n):
    return Case(json.dumps(roster([{**person(i), "oops": 1} for i in range(n)])))


def long_text(n):
    return Case(roster([person(0, job_title="x" * 40 * n)]))


def long_block(n):
    return Case("people:\n  - email: a@example.com\n    job_title: |\n" + "      some text\n" * n)


def long_names(n):
    return Case(roster([person(0, profiles=["x" * 10 * n])], profiles={"x" * 10 * n + "y": {}}))


def comments(n):
    return Case("people:\n" + "  # a comment: { [ \n" * n + "  - email: a@example.com\n")


def deep(n):
    return Case("people: " + "[" * n + "]" * n + "\n")


def dots(n):
    return Case(roster([person(0, **account(features={"a." * n: True}))]))


def markers(n):
    return Case("people:\n" + "<<<<<<< HEAD\n=======\n>>>>>>> x\n" * n)


def tabs(n):
    return Case("people:\n" + "\t- email: a@example.com\n" * n)


def syntax_at_the_end(n):
    return Case(json.dumps(roster([person(i) for i in range(n)]), indent=1) + "\n\tx\n")


def open_bracket(n):
    return Case("people:\n" + "".join(f"  - email: p{i}@example.com\n" for i in range(n)) + "    profiles: [a\n    ends: x\n")


def open_brackets(n):
    return Case("people:\n" + "".join(f"  - email: p{i}@example.com\n    profiles: [a\n" for i in range(n)))


def aliases(n):
    return Case("x: &a [a@example.com]\nprotect: [" + ", ".join(["*a"] * n) + "]\n")


def anchors(n):
    return Case("protect: [" + ", ".join(f"&a{i} a{i}@example.com" for i in range(n)) + "]\n")


ROSTERS = {
    features: 800, features_of_a_profile: 800, features_everywhere: 400, people: 200, people_with_days: 150,
    people_and_profiles: 200, previous_emails: 800, one_previous_email: 300, one_email: 300, one_id: 200,
    bad_emails: 300, profiles_of_one: 300, disagreeing_profiles: 300, clashing_profiles: 300,
    undecided_profiles: 400, unknown_profiles: 300, unknown_profiles_of_one: 600, one_profile_twice: 1000,
    unknown_vendors: 500, vendors: 100, vendors_of_a_profile: 100, hidden_lines: 200, unknown_kinds: 300,
    roles: 1000, one_role_twice: 1500, wrong_roles: 150, protect: 800, protect_of_vendors: 150, seats: 300,
    assertions_and_people: 150, domains_of_a_rule: 400, never_both: 200, released: 300, settings_map: 800,
    administrators: 800, administrator_rules: 300, unknown_keys: 800, unknown_person_keys: 500,
    unknown_attributes: 500, warnings: 150, doubled_keys: 800, x_keys: 1000, documents: 500, files: 100,
    named_files: 100, long_line: 300, faults_on_a_line: 200, long_text: 1500, long_block: 2000,
    long_names: 3000, comments: 2000, deep: 500, dots: 1500, markers: 1000, tabs: 500, syntax_at_the_end: 200,
    open_bracket: 500, open_brackets: 300, aliases: 800, anchors: 800,
}  # fmt: skip
