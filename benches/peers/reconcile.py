"""The same plan and the same creates as an asyncio script, for comparison.

Written as one would for the job: PyYAML's C loader, one aiohttp session, a semaphore, the vendors
side by side, dictionaries by e-mail. It does without what a script does without: positions,
diagnostics, guards, verification, a journal.

    reconcile.py validate ROSTER
    reconcile.py plan|apply ROSTER INDEX [VENDOR]

INDEX is what the sandbox prints: its address, and the secrets of each vendor.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict

import aiohttp
import yaml

PERSON = {
    "logicgate": {"first": "first_name", "last": "last_name", "company": "company"},
    "bitsight": {"friendly_name": "first_name"},
    "surecloud": {"job_title": "job_title"},
    "snaplogic": {"first_name": "first_name", "last_name": "last_name"},
}
IN_FLIGHT = 64


def load(path):
    with open(path, "rb") as file:
        roster = yaml.load(file, Loader=yaml.CSafeLoader)
    seen = set()
    for person in roster["people"]:
        key = person["email"].lower()
        if "@" not in key or key in seen:
            raise SystemExit(f"{key} is no e-mail or is there twice")
        seen.add(key)
    return roster


def desired(roster, vendor):
    """What one vendor should hold: attributes by e-mail."""
    wanted = {}
    defaults = roster["vendors"][vendor].get("defaults", {})
    profiles = roster["profiles"]
    for person in roster["people"]:
        layers = [profiles[name].get(vendor) for name in person.get("profiles", ())]
        layers.append(person.get("accounts", {}).get(vendor))
        layers = [layer for layer in layers if layer is not None]
        if not layers or person.get("active") is False:
            continue
        account = dict(defaults)
        for attribute, field in PERSON[vendor].items():
            if field in person:
                account[attribute] = person[field]
        full = f"{person['first_name']} {person['last_name']}"
        if vendor == "bitsight":
            account["formal_name"] = full
        elif vendor == "surecloud":
            account["name"] = full
            account["person_type"] = "INTERNAL"
        for layer in layers:
            for name, value in layer.items():
                if isinstance(value, list):
                    account[name] = sorted(set(account.get(name, ())) | set(value))
                elif isinstance(value, dict):
                    account[name] = {**account.get(name, {}), **value}
                else:
                    account[name] = value
        wanted[person["email"].lower()] = account
    return wanted


class Vendor:
    def __init__(self, session, address, name, index):
        self.session = session
        self.base = f"{address}/{name}"
        secrets = index["secrets"]
        if name == "bitsight":
            self.headers = {"Authorization": aiohttp.BasicAuth(secrets["token"], "").encode()}
        elif name == "snaplogic":
            pair = aiohttp.BasicAuth(secrets["email"], secrets["password"])
            self.headers = {"Authorization": pair.encode()}
        else:
            token = secrets.get("token") or secrets.get("jwt")
            self.headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path, /, **params):
        url = self.base + path
        async with self.session.get(url, params=params, headers=self.headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def post(self, path, body, /):
        url = self.base + path
        async with self.session.post(url, json=body, headers=self.headers) as answer:
            answer.raise_for_status()
            return await answer.json()


async def logicgate(vendor, wanted):
    users = await vendor.get("/api/v1/users")
    names = {"time_zone": "timeZone", "language_tag": "languageTag"}
    current = {}
    for user in users:
        shown = {name: user.get(name) for name in ("first", "last", "company", "tier")}
        shown.update({name: user.get(field) for name, field in names.items()})
        shown["roles"] = sorted(role["name"] for role in user["roles"])
        current[user["email"].lower()] = shown
    return current


async def bitsight(vendor, wanted):
    current = {}
    offset = 0
    while True:
        page = await vendor.get("/ratings/v2/users", limit=100, offset=offset)
        for user in page["results"]:
            current[user["email"].lower()] = {
                "friendly_name": user["friendly_name"],
                "formal_name": user["formal_name"],
                "role": user["roles"][0]["slug"] if user["roles"] else None,
                "group": user["group"]["name"],
                "features": {it["slug"]: it["value"] for it in user["features"]},
            }
        if not page["links"]["next"]:
            return current
        offset += len(page["results"])


async def snaplogic(vendor, wanted):
    rest = "/api/1/rest/public"
    names = (await vendor.get(f"{rest}/groups/Bench"))["groups"]
    lists = await asyncio.gather(
        *(vendor.get(f"{rest}/groups/Bench/{name}") for name in names)
    )
    groups = defaultdict(list)
    for group in lists:
        for member in group["members"]:
            groups[member.lower()].append(group["name"])
    reserved = {"admins", "members"}
    current = {}
    offset = 0
    while True:
        page = await vendor.get(
            f"{rest}/assetapi/user/settings", path="/Bench", limit=1000, offset=offset
        )
        for row in page["users"]:
            key = row["username"].lower()
            current[key] = {
                "first_name": row["first_name"],
                "last_name": row["last_name"],
                "ui_access": row["ui_access"],
                "groups": sorted(set(groups[key]) - reserved),
            }
        if not page["users"]:
            return current
        offset += len(page["users"])


async def surecloud(vendor, wanted):
    with open(vendor.record, "rb") as file:
        accounts = json.load(file)["accounts"]
    return {key: entry.get("attributes", {}) for key, entry in accounts.items()}


READ = {
    "logicgate": logicgate,
    "bitsight": bitsight,
    "snaplogic": snaplogic,
    "surecloud": surecloud,
}


def compare(wanted, current):
    creates, updates = [], []
    for email, account in wanted.items():
        have = current.get(email)
        if have is None:
            creates.append((email, account))
            continue
        changes = {}
        for name, value in account.items():
            if isinstance(value, dict):
                shown = have.get(name, {})
                if any(shown.get(key) != it for key, it in value.items()):
                    changes[name] = value
            elif name in have and have[name] != value:
                changes[name] = value
        if changes:
            updates.append((email, changes))
    return creates, updates


async def create(vendor, actions):
    """The creates of Bitsight, as many at once as the semaphore lets."""
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def one(email, account):
        body = {
            "email": email,
            "formal_name": account["formal_name"],
            "friendly_name": account["friendly_name"],
            "roles": [{"slug": account["role"]}],
        }
        async with gate:
            made = await vendor.post("/ratings/v2/users", body)
        return made["email"] == email

    return sum(await asyncio.gather(*(one(*action) for action in actions)))


async def run(command, roster, index, only):
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(name):
            wanted = desired(roster, name)
            vendor = Vendor(session, index["address"], name, index["vendors"][name])
            vendor.record = index.get("record")
            current = await READ[name](vendor, wanted)
            creates, updates = compare(wanted, current)
            print(f"{name}: {len(current)} read, {len(creates)} to create, {len(updates)} to update")
            if command == "apply":
                begun = time.perf_counter()
                made = await create(vendor, creates)
                seconds = time.perf_counter() - begun
                print(f"created {made} in {seconds:.3f} seconds")

        names = [only] if only else sorted(roster["vendors"])
        await asyncio.gather(*(one(name) for name in names))


def main():
    command, path, *rest = sys.argv[1:]
    roster = load(path)
    if command == "validate":
        for vendor in roster["vendors"]:
            desired(roster, vendor)
        print(f"{len(roster['people'])} people")
        return
    with open(rest[0], "rb") as file:
        index = json.load(file)
    asyncio.run(run(command, roster, index, rest[1] if len(rest) > 1 else None))


main()
