"""Counts the instructions for an input and for twice of it. Standard library only."""

import concurrent.futures
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

MOST = 2.5
HEAD = {"version": 1, "vendors": {"bitsight": {"auth": {"token": {"env": "T"}}}}}
ROLE = {"role": "customer_user"}


def person(n, **more):
    return {"email": f"p{n}@example.com", "first_name": f"F{n}", "last_name": "L", **more}


def roster(people, **more):
    return {**HEAD, "people": people, **more}


def account(**more):
    return {"accounts": {"bitsight": {**ROLE, **more}}}


def numbered(word, count):
    return [f"{word}{n}" for n in range(count)]


# What a roster can make long. Each gives the files of a roster, as data or as text.
def features(n):
    return roster([person(0, **account(features=dict.fromkeys(numbered("f", n), True)))])


def people(n):
    return roster([person(i, **account()) for i in range(n)])


def previous_emails(n):
    return roster([person(0, previous_emails=[f"o{i}@example.com" for i in range(n)])])


def one_email(n):
    return roster([person(0) for _ in range(n)])


def profiles_of_one(n):
    given = {name: {"logicgate": {"tier": "LIMITED", "roles": [name]}} for name in numbered("p", n)}
    vendors = {"logicgate": {"base_url": "https://x.example", "auth": {"token": {"env": "T"}}}}
    return {"version": 1, "vendors": vendors, "profiles": given, "people": [person(0, profiles=list(given))]}


def clashing_profiles(n):
    sides = {side: {"bitsight": {**ROLE, "features": dict.fromkeys(numbered("f", n), side == "a")}} for side in "ab"}
    decided = dict.fromkeys(numbered("f", n), True)
    return roster([person(0, profiles=["a", "b"], **account(features=decided))], profiles=sides)


def unknown_profiles(n):
    known = {name: {"bitsight": ROLE} for name in numbered("known", n)}
    return roster([person(i, profiles=[f"unknown{i}"]) for i in range(n)], profiles=known)


def unknown_vendors(n):
    return roster([person(0, accounts={name: {} for name in numbered("v", n)})])


def vendors(n):
    given = {name: {"kind": "bitsight", "auth": {"token": {"env": "T"}}} for name in numbered("v", n)}
    return {"version": 1, "vendors": given, "people": [person(0, accounts={name: ROLE for name in given})]}


def hidden_lines(n):
    given = {name: {"kind": "bitsight", "auth": {"token": {"env": "T"}}, "oops": 1} for name in numbered("v", n)}
    return {"version": 1, "vendors": given}


def roles(n):
    vendors = {"logicgate": {"base_url": "https://x.example", "auth": {"token": {"env": "T"}}}}
    given = {"tier": "LIMITED", "roles": numbered("r", n)}
    return {"version": 1, "vendors": vendors, "people": [person(0, accounts={"logicgate": given})]}


def protect(n):
    return roster([person(0)], protect=[f"a{i}@example.com" for i in range(n)])


def assertions(n):
    return roster([person(0, **account())], **{"assert": [{"seats": {"vendor": "bitsight", "at_most": i}} for i in range(n)]})


def settings_map(n):
    vendors = {"logicgate": {"base_url": "https://x.example", "auth": {"token": {"env": "T"}}, "role_ids": {f"r{i}": f"i{i}" for i in range(n)}}}
    return {"version": 1, "vendors": vendors}


def unknown_keys(n):
    return {name: 1 for name in numbered("key", n)}


def unknown_person_keys(n):
    return roster([{**person(0), **{name: 1 for name in numbered("key", n)}}])


def unknown_attributes(n):
    return roster([person(0, **account(**{name: 1 for name in numbered("key", n)}))])


def doubled_keys(n):
    return "".join(f"key{i % (n // 2)}: 1\n" for i in range(n))


def documents(n):
    return "people: []\n---\n" * n


def files(n):
    return {f"f{i}.yaml": {"people": [person(i)]} for i in range(n)}


def long_line(n):
    return json.dumps(roster([person(i) for i in range(n)]))


def long_text(n):
    return roster([person(0, job_title="x" * 40 * n)])


def long_names(n):
    return roster([person(0, profiles=["x" * 10 * n])], profiles={"x" * 10 * n + "y": {}})


def dots(n):
    return roster([person(0, **account(features={"a." * n: True}))])


def markers(n):
    return "people:\n" + "<<<<<<< HEAD\n=======\n>>>>>>> x\n" * n


def syntax_at_the_end(n):
    return json.dumps(roster([person(i) for i in range(n)]), indent=1) + "\n\tx\n"


def open_bracket(n):
    return "people:\n" + "".join(f"  - email: p{i}@example.com\n" for i in range(n)) + "    profiles: [a\n    ends: x\n"


def aliases(n):
    return "x: &a [a@example.com]\nprotect: [" + ", ".join(["*a"] * n) + "]\n"


VALIDATE = {
    features: 1500, people: 400, previous_emails: 1500, one_email: 400, profiles_of_one: 500,
    clashing_profiles: 800, unknown_profiles: 1500, unknown_vendors: 800, vendors: 200,
    hidden_lines: 400, roles: 2000, protect: 1500, assertions: 600, settings_map: 1500,
    unknown_keys: 1500, unknown_person_keys: 800, unknown_attributes: 800, doubled_keys: 1500,
    documents: 800, files: 200, long_line: 500, long_text: 1500, long_names: 3000, dots: 1500,
    markers: 1000, syntax_at_the_end: 400, open_bracket: 800, aliases: 800,
}  # fmt: skip


# What a vendor can make long: rows of its list, and lists in one row.
def bitsight_user(n, features=()):
    group = {"guid": "g0", "name": "All"}
    shown = [{"slug": slug, "value": True, "can_update": True} for slug in features]
    return {"guid": f"u{n}", "friendly_name": "F", "formal_name": "F L", "email": f"p{n}@example.com", "group": group,
            "status": "Activated", "roles": [{"slug": "customer_user"}], "features": shown}  # fmt: skip


def bitsight(users, n):
    people = [person(0, **account(features=dict.fromkeys(numbered("f", n), False)))]
    list_ = {"links": {"next": None, "previous": None}, "count": len(users), "results": users}
    answers = {"/ratings/v2/users": list_, "/ratings/v2/users/current": users[0], "/ratings/v1/access-groups": {"groups": []}}
    return roster(people), answers


def bitsight_features(n):
    return bitsight([bitsight_user(0, numbered("f", n))], n)


def bitsight_users(n):
    return bitsight([bitsight_user(i) for i in range(n)], 1)


def logicgate_roles(n):
    user = {"id": "u0", "email": "p0@example.com", "first": "F0", "last": "L", "tier": "LIMITED", "active": True, "disabled": False,
            "roles": [{"id": f"i{i}", "name": f"r{i}"} for i in range(n)]}  # fmt: skip
    vendors = {"logicgate": {"auth": {"token": {"env": "T"}}}}
    given = {"tier": "LIMITED", "roles": [f"r{i}" for i in range(1, n)] + numbered("unknown", n // 10)}
    page = {"content": [user], "last": True, "first": True, "totalPages": 1, "totalElements": 1, "number": 0, "size": 100, "numberOfElements": 1}
    return {"version": 1, "vendors": vendors, "people": [person(0, accounts={"logicgate": given})]}, {"/api/v1/users": page}


def scim(n, users, groups):
    vendors = {"app": {"kind": "scim", "auth": {"token": {"env": "T"}}}}
    held = {"groups": [f"g{i}" for i in range(1, groups)]} if groups > 1 else {}
    people = [person(0, accounts={"app": held})]
    rows = [{"id": f"u{i}", "userName": f"p{i}@example.com", "active": True, "emails": [{"value": f"p{i}@example.com", "primary": True}]} for i in range(users)]
    members = [{"value": f"u{i}"} for i in range(users)]
    sets = [{"id": f"i{i}", "displayName": f"g{i}", "members": members} for i in range(groups)]

    def page(rows):
        return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": len(rows), "startIndex": 1, "itemsPerPage": len(rows), "Resources": rows}

    return {"version": 1, "vendors": vendors, "people": people}, {"/Users": page(rows), "/Groups": page(sets)}


def scim_groups(n):
    return scim(n, 1, n)


def scim_members(n):
    return scim(n, n, 2)


PLAN = {bitsight_features: 600, bitsight_users: 300, logicgate_roles: 800, scim_groups: 300, scim_members: 300}


def serve(answers):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            path, _, query = self.path.partition("?")
            found = answers.get(path)
            # A list is over where it ends, whatever page is asked for.
            beyond = re.search(r"(?:startIndex|offset|page)=(\d+)", query)
            if found and beyond and int(beyond[1]) > 1:
                found = {key: [] if isinstance(value, list) else value for key, value in found.items()}
            data = json.dumps(found or {"detail": "not found"}).encode()
            self.send_response(200 if found else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def instructions(binary, make, count, show):
    with tempfile.TemporaryDirectory() as folder:
        given = make(count)
        server = None
        if isinstance(given, tuple):
            given, answers = given
            server = serve(answers)
            for vendor in given["vendors"].values():
                vendor["base_url"] = f"http://127.0.0.1:{server.server_port}"
        if not (isinstance(given, dict) and all(name.endswith(".yaml") for name in given)):
            given = {"users.yaml": given}
        for name, content in given.items():
            text = content if isinstance(content, str) else json.dumps(content, indent=1)
            pathlib.Path(folder, name).write_text(text)
        words = ["plan" if server else "validate", "."]
        env = {"PATH": os.environ["PATH"], "T": "secret", "HOME": folder}
        counted = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", binary, *words],
            cwd=folder, env=env, capture_output=True, text=True, errors="replace", timeout=300,
        )  # fmt: skip
        if server:
            server.shutdown()
        found = re.search(r"Collected : (\d+)", counted.stderr)
        if show:
            lines = [it for it in (counted.stdout + counted.stderr).splitlines() if it.strip() and not it.startswith("==")]
            print(f"  {make.__name__}: exit {counted.returncode}: " + " | ".join(lines[:3] + lines[-2:])[:400])
        if not found:
            raise SystemExit(f"{make.__name__}: valgrind counted nothing: {counted.stderr[-500:]}")
        return int(found[1])


def main():
    binary = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    inputs = {**VALIDATE, **PLAN}
    chosen = [it for it in inputs if not wanted or any(word in it.__name__ for word in wanted)]
    show = bool(os.environ.get("SHOW"))

    def nothing(_):
        return "people: []\n"

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        base = instructions(binary, nothing, 0, False)
        runs = {it: [pool.submit(instructions, binary, it, inputs[it] * k, show and k == 1) for k in (1, 2)] for it in chosen}
        slow = 0
        for make, (one, two) in runs.items():
            one, two = one.result(), two.result()
            # What every run costs is no part of the growth.
            ratio = (two - base) / max(one - base, 1)
            slow += ratio > MOST
            print(f"{make.__name__:22} {inputs[make]:6} {one / 1e6:9.1f} M {two / 1e6:9.1f} M  x{ratio:.2f}{'  TOO MUCH' if ratio > MOST else ''}", flush=True)
    if slow:
        raise SystemExit(f"{slow} of {len(runs)} inputs grow by more than {MOST}")


main()
