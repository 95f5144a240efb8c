"""Runs rosterctl against SCIM servers of others, and asks the servers what came of it.

Only the standard library. Every step of rosterctl is the real binary with a roster in a file; what
the server holds in the end is read here, without any code of rosterctl.
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

PEOPLE = 500
CHANGED = 120
RENAMED = 5
LEFT = 40
OWN = "admin@example.com"
GROUPS = ["Engineering", "Sales", "Support"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
HERE = pathlib.Path(__file__).parent
TOKEN = "peer-token"
PASSWORD = "peer-password"


class Failed(Exception):
    """What a peer or rosterctl did that it should not."""


class Peer:
    """A server, and how to reach it."""

    def __init__(self, name, command, prefix, auth, header, folder, settings=()):
        self.settings = settings
        self.name = name
        self.command = command
        self.auth = auth
        self.header = header
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}{prefix}"
        self.process = None

    def start(self):
        command = [part.replace("PORT", str(self.port)) for part in self.command]
        self.folder.mkdir(parents=True)
        with open(self.folder / "server.log", "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
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

    def scim2(name, config):
        command = [python, "--hostname", "127.0.0.1", "--port", "PORT", "--bearer-token", TOKEN]
        if config:
            command += ["--service-provider-config", str(HERE / "scim2-server" / config)]
        auth = "{ token: { env: PEER_TOKEN } }"
        return Peer(name, command, "/v2", auth, f"Bearer {TOKEN}", work / name)

    scimmy = ["node", str(cache / "scimmy/serve.mjs"), "PORT", f"peer:{PASSWORD}"]
    auth = "{ username: { env: PEER_USER }, password: { env: PEER_PASSWORD } }"
    return [
        scim2("scim2", None),
        scim2("scim2-cursor", "cursor.json"),
        scim2("scim2-nofilter", "nofilter.json"),
        Peer("scimmy", scimmy, "/scim", auth, f"Basic {basic}", work / "scimmy", ["bulk: true"]),
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
        "groups": [GROUPS[(number + changed) % 3]] + (["Support"] if number % 3 == 0 else []),
    }
    if changed and number >= RENAMED:
        who["manager"] = "person499@example.com"
    who["groups"] = sorted(set(who["groups"]))
    return who


def roster(peer, step):
    lines = [
        "version: 1",
        "vendors:",
        "  peer:",
        "    kind: scim",
        f"    base_url: {peer.base}",
        f"    auth: {peer.auth}",
        "    limits: { per_second: 5000, burst: 500, concurrency: 8, timeout: 120s }",
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
        if who["previous_emails"]:
            entry["previous_emails"] = who["previous_emails"]
        entry["accounts"] = {"peer": account}
        lines.append("  - " + json.dumps(entry, ensure_ascii=False))
    path = peer.folder / "users.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rosterctl(peer, expected, *args):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PEER_TOKEN": TOKEN,
        "PEER_USER": "peer",
        "PEER_PASSWORD": PASSWORD,
    }
    command = [os.environ["ROSTERCTL_BIN"], *map(str, args)]
    ran = subprocess.run(command, env=environment, cwd=peer.folder, capture_output=True, text=True)
    if ran.returncode != expected:
        words = " ".join(command)
        raise Failed(
            f"{peer.name}: {words} ended in {ran.returncode}, not {expected}\n"
            f"{ran.stdout[-6000:]}\n{ran.stderr[-3000:]}"
        )
    return ran.stdout


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
            expect(peer, f"{who['email']}: {key}", value, who[key])
        if "manager" in who:
            manager = extension.get("manager", {}).get("value")
            expect(peer, f"{who['email']}: manager", manager, ids[who["manager"]])


def expect(peer, what, have, wanted):
    if have != wanted:
        raise Failed(f"{peer.name}: {what} is {have!r}, not {wanted!r}")


def offers(command):
    ran = subprocess.run(
        [os.environ["ROSTERCTL_BIN"], command, "--help"], capture_output=True, check=False
    )
    return ran.returncode == 0


def check(peer):
    times = {}

    def timed(name, *steps):
        begun = time.monotonic()
        for step in steps:
            step()
        times[name] = time.monotonic() - begun

    for name in GROUPS:
        group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name}
        peer.call("POST", "/Groups", group)
    # An empty list is no proof of a complete read: somebody is there who runs the vendor.
    admin = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": OWN}
    peer.call("POST", "/Users", {**admin, "name": {"givenName": "An", "familyName": "Admin"}})
    for step, name in enumerate(["create", "change", "deactivate"]):
        path = roster(peer, step)
        timed(name, lambda: rosterctl(peer, 0, "apply", path, "--yes", "--no-progress"))
        timed(f"plan after {name}", lambda: rosterctl(peer, 0, "plan", path, "--detailed-exitcode"))
        verify(peer, step)
    if offers("import"):
        # From the vendors alone, everybody is imported; both files together find no changes.
        vendors, imported = peer.folder / "vendors.yaml", peer.folder / "imported.yaml"
        text, _ = path.read_text(encoding="utf-8").split("people:\n", 1)
        vendors.write_text(text, encoding="utf-8")
        timed("import", lambda: rosterctl(peer, 0, "import", vendors, "--out", imported))
        expect(peer, "people imported", imported.read_text(encoding="utf-8").count("- email:"), PEOPLE + 1)
        rosterctl(peer, 0, "plan", vendors, imported, "--detailed-exitcode")
    words = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times.items())
    print(f"{peer.name}: {PEOPLE} people: {words}", flush=True)


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
