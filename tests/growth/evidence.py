"""What a long store of evidence can make long: days, people, runs, actions, leavers; like in
`rosters.py`. The store is written here, in the form in which runs leave it."""

import datetime
import hashlib
import json

from case import Case, person
from rosters import BITSIGHT, ROLE, account, roster

FIRST = datetime.date(2025, 1, 1)
DIGEST = "sha256:" + "0" * 64
STATE = ".rosterctl"


def day(n):
    return FIRST + datetime.timedelta(days=n)


def at(n, hour=2):
    return f"{day(n)}T{hour:02}:00:00Z"


def sealed(entries):
    """Lines of which each has the hash of the one before."""
    lines, prev = [], None
    for entry in entries:
        body = json.dumps({**entry, "prev": prev}, separators=(",", ":"))
        prev = "sha256:" + hashlib.sha256(body.encode()).hexdigest()
        lines.append(f'{body[:-1]},"hash":"{prev}"}}\n')
    return "".join(lines), prev


def holder(i, role="customer_user"):
    return {"id": f"u{i}", "email": f"p{i}@example.com", "person": f"p{i}@example.com", "rights": {"role": role}}


def proof(accounts):
    return {"accounts": accounts, "pages": 1, "counted": accounts, "own": "seen"}


def store(days, people, changed=1):
    """Inventories and notes: every day so many people get another role."""
    files, notes, before = {}, [], None
    roles, months = {}, {}
    for n in range(days):
        month = str(day(n))[:7]
        for i in range(changed):
            who = (n * changed + i) % people
            roles[who] = "customer_admin" if roles.get(who) != "customer_admin" else "customer_user"
        step = {"at": at(n), "proof": proof(people), "set": [], "gone": []}
        step["set"] = [holder((n * changed + i) % people, roles[(n * changed + i) % people]) for i in range(changed)]
        if month in months:
            months[month]["days"].append(step)
        else:
            whole = {"format": 1, "at": at(n), "proof": proof(people), "kind": "bitsight", "place": "x"}
            whole["admins"] = {"role": ["customer_admin"]}
            whole["accounts"] = [holder(i, roles.get(i, "customer_user")) for i in range(people)]
            files[f"{STATE}/inventories/bitsight/{month}.json"] = json.dumps(whole)
            months[month] = {"format": 1, "bridge": step, "days": []} if before else {"format": 1, "days": []}
        before = step
        vendor = {"kind": "bitsight", "digest": DIGEST, "proof": proof(people)}
        notes.append({"at": at(n), "event": "read", "run": f"r{n}", "command": "access", "roster": DIGEST, "on": str(day(n)),
                      "vendors": {"bitsight": vendor}, "actions": 0})  # fmt: skip
    for month, steps in months.items():
        files[f"{STATE}/inventories/bitsight/{month}.steps.json"] = json.dumps(steps)
    lines, _ = sealed(notes)
    for line in lines.splitlines(keepends=True):
        month = json.loads(line)["at"][:7]
        key = f"{STATE}/notes/{month}.ndjson"
        files[key] = files.get(key, "") + line
    return files


def journal(run, n, actions, remove=False):
    """A run with so many actions, all applied."""
    entries = [{"seq": 1, "at": at(n, 9), "event": "run_started", "format": 1, "tool": "x", "command": "apply", "roster": DIGEST,
                "on": str(day(n)), "host": "x", "pid": 1, "vendors": {}, "actions": len(actions), "run": run,
                "context": [{"name": "commit", "value": run * 4, "by": "environment"}]}]  # fmt: skip
    for number, i in enumerate(actions, 1):
        change = {"attribute": "role", "before": "customer_user", "after": "customer_admin"}
        about = {"number": number, "vendor": "bitsight", "action": "deactivate" if remove else "update", "email": f"p{i}@example.com",
                 "id": f"u{i}", "changes": [] if remove else [change], "reason": "x", "current": DIGEST}  # fmt: skip
        entries.append({"event": "intended", **about})
        entries.append({"event": "sent", "number": number})
        entries.append({"event": "outcome", "number": number, "outcome": "applied", "status": 200, "message": "", "id": None, "seconds": 0.1})
    entries.append({"event": "run_ended", "applied": len(actions), "unverified": 0, "failed": 0, "skipped": 0})
    return {f"{STATE}/journal/{day(n)}T090000Z-{run}.ndjson": sealed({"seq": seq, "at": at(n, 9), **it} for seq, it in enumerate(entries, 1))[0]}


def evidence(files, words, people=()):
    return Case(roster([person(i, **account()) for i in people]), words, files=files, exits=(0,))


def span(n):
    return f"--from {day(1)} --to {day(n - 1)}"


def history_of_days(n):
    return evidence(store(n, 20), f"history {span(n)}")


def history_of_people(n):
    """A fifth of them changes every day."""
    return evidence(store(10, n, n // 5), f"history {span(10)}")


def history_of_one(n):
    return evidence(store(n, 20), f"history {span(n)} --person p1@example.com")


def history_of_runs(n):
    files = store(n, 20)
    for i in range(n):
        files |= journal(f"{i:08x}", i, [i % 20])
    return evidence(files, f"history {span(n)}")


def history_of_actions(n):
    return evidence(store(5, n) | journal("0" * 8, 3, range(n)), f"history {span(5)}")


def access_on_a_day(n):
    return evidence(store(60, n), f"access --at {day(45)}")


def access_after_actions(n):
    return evidence(store(3, n) | journal("0" * 8, 2, range(n)), f"access --at {day(2)}")


def pack_of_days(n):
    return evidence(store(n, 20), f"evidence {span(n)} --out pack")


def pack_of_people(n):
    return evidence(store(40, n), f"evidence {span(40)} --out pack")


def pack_of_leavers(n):
    """All leave with one commit, and one run takes their access."""
    files = store(30, n) | journal("0" * 8, 20, range(n), remove=True)
    case = evidence(files, f"evidence {span(30)} --out pack")
    here = {"version": 1, "vendors": BITSIGHT, "people": [person(i, accounts={"bitsight": ROLE}) for i in range(n)]}
    gone = {**here, "people": [{**it, "active": False} for it in here["people"]]}
    case.files["users.yaml"], case.history = gone, [here, gone]
    case.since = datetime.datetime.combine(day(10), datetime.time(), datetime.UTC)
    return case


def pack_of_commits(n):
    """With each commit one of them leaves and comes back."""
    people = [person(i, accounts={"bitsight": ROLE}) for i in range(20)]
    here = {"version": 1, "vendors": BITSIGHT, "people": people}
    case = evidence(store(30, 20), f"evidence {span(30)} --out pack")
    case.files["users.yaml"] = here
    states = [{**here, "people": [{**it, "active": i != at} for i, it in enumerate(people)]} for at in (n % 20 for n in range(n))]
    case.history = [here, *states, here]
    case.since = datetime.datetime.combine(day(10), datetime.time(), datetime.UTC)
    return case


EVIDENCE = {
    history_of_days: 300, history_of_people: 500, history_of_one: 300, history_of_runs: 100, history_of_actions: 250,
    access_on_a_day: 1000, access_after_actions: 300, pack_of_days: 200, pack_of_people: 400, pack_of_leavers: 120,
    pack_of_commits: 80,
}  # fmt: skip
