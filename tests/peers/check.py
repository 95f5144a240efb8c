"""Runs rosterctl against SCIM servers of others, and asks the servers what came of it.

Only the standard library. Every step of rosterctl is the real binary with a roster in a file, and
goes through a proxy that counts its calls; what the server holds in the end is read here, without
any code of rosterctl.
"""

import base64
import concurrent.futures
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from proxy import Proxy

PEOPLE = 300
CHANGED = 120
EVERYBODY = 220
RENAMED = 5
LEFT = 40
OWN = "admin@example.com"
TEAMS = ["Engineering", "Sales", "Support"]
GROUPS = ["Everybody", *TEAMS]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
HERE = pathlib.Path(__file__).parent
TOKEN = "peer-token"
PASSWORD = "peer-password"


class Failed(Exception):
    """What a peer or rosterctl did that it should not."""


class Peer:
    """A server, and how to reach it."""

    def __init__(self, name, command, prefix, auth, header, folder, settings=(), lacks=(),
                 page=1000, kill_after=60, in_flight=4, before=(), environment=None):
        self.settings = settings
        self.name = name
        self.command = command
        self.auth = auth
        self.header = header
        self.folder = folder
        self.lacks = lacks  # what the server has no place for
        self.page = page  # people on one page at most
        self.kill_after = kill_after  # writes
        self.in_flight = in_flight  # creates under way at most when it is killed
        self.before = before
        self.environment = environment or {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.prefix = prefix
        self.base = f"http://127.0.0.1:{self.port}{prefix}"
        self.process = None
        self.proxy = Proxy(self.port)

    def start(self):
        def words(parts):
            return [part.replace("PORT", str(self.port)) for part in parts]

        self.folder.mkdir(parents=True)
        own = {
            "PEER_TOKEN": TOKEN,
            "PEER_DATABASE": str(self.folder / "people.sqlite3"),
            "PEER_NETLOC": f"127.0.0.1:{self.proxy.port}",
        }
        environment = {**os.environ, **self.environment, **own}
        with open(self.folder / "server.log", "wb") as log:
            for command in self.before:
                subprocess.run(words(command), env=environment, stdout=log, stderr=log, check=True)
            self.process = subprocess.Popen(
                words(self.command), env=environment, stdout=log, stderr=log
            )
        self.proxy.start()
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "server.log").read_text(errors="replace")
                    raise Failed(f"{self.name} does not start:\n{log[-2000:]}")
                time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.proxy.stop()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Authorization", self.header)
        request.add_header("Content-Type", "application/scim+json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def all(self, path):
        """Everything of a list, however its pages come."""
        found, query = {}, "?startIndex=1&count=100"
        while True:
            page = self.call("GET", path + query)
            before = len(found)
            for resource in page.get("Resources", []):
                found[resource["id"]] = resource
            if len(found) >= page["totalResults"] or len(found) == before:
                return list(found.values())
            query = f"?startIndex={len(found) + 1}&count=100"


def peers(cache):
    python = str(cache / "venv/bin/scim2-server")
    work = cache / "work"
    basic = base64.b64encode(f"peer:{PASSWORD}".encode()).decode()

    def scim2(name, config, page=1000):
        command = [python, "--hostname", "127.0.0.1", "--port", "PORT", "--bearer-token", TOKEN]
        if config:
            command += ["--service-provider-config", str(HERE / "scim2-server" / config)]
        auth = "{ token: { env: PEER_TOKEN } }"
        return Peer(name, command, "/v2", auth, f"Bearer {TOKEN}", work / name, page=page)

    scimmy = ["node", str(cache / "scimmy/serve.mjs"), "PORT", f"peer:{PASSWORD}"]
    auth = "{ username: { env: PEER_USER }, password: { env: PEER_PASSWORD } }"

    django = [str(cache / "venv/bin/python"), "-m", "django"]
    gunicorn = [str(cache / "venv/bin/gunicorn"), "--bind", "127.0.0.1:PORT", "--threads", "4"]
    environment = {"DJANGO_SETTINGS_MODULE": "people.settings", "PYTHONPATH": str(cache / "django")}
    return [
        scim2("scim2", None),
        scim2("scim2-cursor", "cursor.json", page=6),
        scim2("scim2-nofilter", "nofilter.json", page=50),
        # One call of 100 creates comes first.
        Peer("scimmy", scimmy, "/scim", auth, f"Basic {basic}", work / "scimmy", ["bulk: true"],
             page=200, kill_after=1, in_flight=100),
        Peer("django", [*gunicorn, "people.wsgi"], "/scim/v2", "{ token: { env: PEER_TOKEN } }",
             f"Bearer {TOKEN}", work / "django", page=50,
             lacks=("job_title", "department", "employee_number", "manager"),
             before=[[*django, "makemigrations", "people"], [*django, "migrate"]],
             environment=environment),
    ]


def person(number, step):
    """One person at one of the steps: created, changed, left."""
    changed = step >= 1 and number < CHANGED
    renamed = step >= 1 and number < RENAMED
    email = f"person{number:03}@example.com"
    who = {
        "email": f"new.name{number:03}@example.com" if renamed else email,
        "previous_emails": [email] if renamed else [],
        "first_name": f"Zoë{number}",
        "last_name": "O'Neil-Ōe" if changed else f"Smith {number}",
        "job_title": "Lead" if changed else "Engineer",
        "active": not (step >= 2 and PEOPLE - LEFT <= number),
        "department": "R&D" if changed else "Delivery",
        "employee_number": str(10_000 + number),
        "groups": [TEAMS[(number + changed) % 3]] + (["Everybody"] if number < EVERYBODY else []),
    }
    if changed and number >= RENAMED:
        who["manager"] = f"person{PEOPLE - 1}@example.com"
    who["groups"] = sorted(set(who["groups"]))
    return who


def roster(peer, step):
    lines = [
        "version: 1",
        "vendors:",
        "  peer:",
        "    kind: scim",
        f"    base_url: http://127.0.0.1:{peer.proxy.port}{peer.prefix}",
        f"    auth: {peer.auth}",
        "    limits: { per_second: 5000, burst: 500, concurrency: 4, timeout: 120s }",
        f"    max: {{ deactivations: {LEFT} }}",
        f"    own_account: {OWN}",
        *(f"    {setting}" for setting in peer.settings),
        "people:",
    ]
    for number in range(PEOPLE):
        who = person(number, step)
        account = {key: who[key] for key in ("department", "employee_number", "groups")}
        if "manager" in who and step < 2:
            account["manager"] = who["manager"]
        entry = {key: who[key] for key in ("email", "first_name", "last_name", "job_title", "active")}
        account, entry = (
            {key: it for key, it in them.items() if key not in peer.lacks}
            for them in (account, entry)
        )
        if who["previous_emails"]:
            entry["previous_emails"] = who["previous_emails"]
        entry["accounts"] = {"peer": account}
        lines.append("  - " + json.dumps(entry, ensure_ascii=False))
    path = peer.folder / "users.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def start(peer, args, **streams):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PEER_TOKEN": TOKEN,
        "PEER_USER": "peer",
        "PEER_PASSWORD": PASSWORD,
    }
    command = [os.environ["ROSTERCTL_BIN"], *map(str, args)]
    return subprocess.Popen(command, env=environment, cwd=peer.folder, text=True, **streams)


def rosterctl(peer, expected, *args):
    ran = start(peer, args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stdout, stderr = ran.communicate()
    if ran.returncode != expected:
        words = " ".join(map(str, args))
        raise Failed(
            f"{peer.name}: {words} ended in {ran.returncode}, not {expected}\n"
            f"{stdout[-6000:]}\n{stderr[-3000:]}"
        )
    return stdout


def killed(peer, *args):
    """Starts an apply and kills it in the middle of its writes."""
    peer.proxy.take()
    ran = start(peer, args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while peer.proxy.counts["writes"] < peer.kill_after and ran.poll() is None:
        time.sleep(0.005)
    ran.kill()
    if ran.wait() >= 0:
        raise Failed(f"{peer.name}: it ended by itself before it was killed")


def verify(peer, step):
    """What the server holds is what the roster of that step says."""
    groups = {group["displayName"]: group for group in peer.all("/Groups")}
    # Lists may leave members out.
    members = {
        name: {it["value"] for it in peer.call("GET", f"/Groups/{group['id']}").get("members") or []}
        for name, group in groups.items()
    }
    users = {user["userName"]: user for user in peer.all("/Users")}
    expect(peer, "number of users", len(users), PEOPLE + 1)
    ids = {name: user["id"] for name, user in users.items()}
    for number in range(PEOPLE):
        who = person(number, step)
        user = users.get(who["email"])
        if user is None:
            raise Failed(f"{peer.name}: {who['email']} is not there")
        extension = user.get(ENTERPRISE, {})
        shown = {
            "first_name": user["name"].get("givenName"),
            "last_name": user["name"].get("familyName"),
            "job_title": user.get("title"),
            "active": user.get("active", True),
            "department": extension.get("department"),
            "employee_number": extension.get("employeeNumber"),
            "groups": sorted(name for name, inside in members.items() if user["id"] in inside),
        }
        if not who["active"]:
            # Only access is taken from somebody who leaves.
            expect(peer, who["email"], shown["active"], False)
            continue
        for key, value in shown.items():
            if key in peer.lacks:
                continue
            expect(peer, f"{who['email']}: {key}", value, who[key])
        if "manager" in who and "manager" not in peer.lacks:
            manager = extension.get("manager", {}).get("value")
            expect(peer, f"{who['email']}: manager", manager, ids[who["manager"]])


def expect(peer, what, have, wanted):
    if have != wanted:
        raise Failed(f"{peer.name}: {what} is {have!r}, not {wanted!r}")


COLUMNS = ("pages", "users", "groups", "writes", "look-ups", "discovery")
# What is made of what is needed, at most.
MOST = 1.5


def needed(peer, persons, groups):
    """Calls that a run needs: the pages of users and of groups, one more of each, and two for each
    changed person and group."""
    pages = -(-(PEOPLE + 1) // peer.page) + -(-len(GROUPS) // peer.page)
    return pages + 2 + 2 * (persons + groups)


def undone(peer):
    """People and groups that are not yet as the first roster says, as the server has them."""
    users = {user["userName"]: user["id"] for user in peer.all("/Users")}
    people, groups = set(), set()
    for group in peer.all("/Groups"):
        inside = peer.call("GET", f"/Groups/{group['id']}").get("members") or []
        inside = {it["value"] for it in inside}
        for number in range(PEOPLE):
            who = person(number, 0)
            if group["displayName"] in who["groups"] and users.get(who["email"]) not in inside:
                people.add(who["email"])
                groups.add(group["id"])
    return len(people), len(groups)


def check(peer):
    times, rows = {}, []

    def timed(name, *args, changes=None, expected=0):
        peer.proxy.take()
        begun = time.monotonic()
        stdout = rosterctl(peer, expected, *args)
        times[name] = time.monotonic() - begun
        counts = peer.proxy.take()
        if changes is not None:
            made = sum(counts[it] for it in COLUMNS if it not in ("look-ups", "discovery"))
            rows.append((name, counts, made, needed(peer, *changes)))
        return counts

    for name in GROUPS:
        group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name}
        peer.call("POST", "/Groups", group)
    # An empty list is no proof of a complete read: somebody is there who runs the vendor.
    admin = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": OWN}
    peer.call("POST", "/Users", {**admin, "name": {"givenName": "An", "familyName": "Admin"}})
    apply = ("--yes", "--no-progress")
    # Nobody enters or leaves Everybody with a change.
    changed = [None, (CHANGED, len(TEAMS)), (LEFT, 0)]
    for step, name in enumerate(["create", "change", "deactivate"]):
        path = roster(peer, step)
        if name == "create":
            killed(peer, "apply", path, *apply)
            counts = timed("recover", "apply", path, *apply, changes=undone(peer))
            looked_up = counts["people looked up"]
            if looked_up > peer.in_flight:
                raise Failed(f"{peer.name}: {looked_up} people looked up after the kill")
        else:
            timed(name, "apply", path, *apply, changes=changed[step])
        timed(f"plan after {name}", "plan", path, "--detailed-exitcode", changes=(0, 0))
        verify(peer, step)
    runs = rosterctl(peer, 0, "journal", "list", path).split()
    last = max(word for word in runs if word[:2] == "20" and "T" in word)
    timed("undo", "undo", last, path, *apply, changes=(LEFT, 0))
    verify(peer, 1)
    timed("again", "apply", path, *apply, changes=(LEFT, 0))
    verify(peer, 2)
    timed("plan again", "plan", path, "--detailed-exitcode", changes=(0, 0))
    # From the vendors alone, everybody is imported; both files together find no changes.
    vendors, imported = peer.folder / "vendors.yaml", peer.folder / "imported.yaml"
    text, _ = path.read_text(encoding="utf-8").split("people:\n", 1)
    vendors.write_text(text, encoding="utf-8")
    timed("import", "import", vendors, "--out", imported)
    expect(peer, "people imported", imported.read_text(encoding="utf-8").count("- email:"), PEOPLE + 1)
    rosterctl(peer, 0, "plan", vendors, imported, "--detailed-exitcode")

    words = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times.items())
    print(f"{peer.name}: {PEOPLE} people: {words}", flush=True)
    lines = [f"{peer.name:<15} " + " ".join(f"{it:>9}" for it in (*COLUMNS, "made", "needed"))]
    for name, counts, made, need in rows:
        cells = (*(counts[it] for it in COLUMNS), made, need)
        lines.append(f"  {name:<22}" [:16] + " ".join(f"{it:>9}" for it in cells))
    print("\n".join(lines), flush=True)
    for name, counts, made, need in rows:
        if made > MOST * need:
            raise Failed(f"{peer.name}: {name}: {made} calls where {need} are needed: {dict(counts)}")


def main():
    cache = pathlib.Path(sys.argv[1]).resolve()
    known = peers(cache)
    wanted = sys.argv[2:] or [peer.name for peer in known]
    for name in set(wanted) - {peer.name for peer in known}:
        sys.exit(f"there is no peer {name}; there are {', '.join(it.name for it in known)}")
    shutil.rmtree(cache / "work", ignore_errors=True)
    begun = time.monotonic()

    def run(peer):
        try:
            peer.start()
            check(peer)
        finally:
            peer.stop()

    # Two at a time: each peer works on one core.
    failed = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for done in [pool.submit(run, peer) for peer in known if peer.name in wanted]:
            error = done.exception()
            if isinstance(error, Failed):
                failed.append(str(error))
            elif error is not None:
                raise error
    print(f"all in {time.monotonic() - begun:.0f} s")
    if failed:
        sys.exit("\n\n".join(failed))


main()
