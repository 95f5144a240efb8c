"""What teams, sources and the commands that edit files can make long, like in `rosters.py`."""

from case import Case, numbered, person
from rosters import BITSIGHT, ROLE, account, roster

STAFF = {"p": {"bitsight": ROLE}}


def emails(n):
    return [person(i)["email"] for i in range(n)]


def members(n):
    """Of one team."""
    teams = {"t": {"profiles": ["p"], "members": emails(n)}}
    return Case(roster([person(i) for i in range(n)], profiles=STAFF, teams=teams))


def members_with_days(n):
    listed = [{"email": it, "starts": "2026-01-01", "ends": "2030-01-01"} for it in emails(n)]
    return Case(roster([person(i) for i in range(n)], profiles=STAFF, teams={"t": {"profiles": ["p"], "members": listed}}))


def terms_of_one_member(n):
    """The same person, again and again."""
    terms = [{"email": "p0@example.com", "starts": f"{1000 + i}-01-01", "ends": f"{1000 + i}-12-31"} for i in range(n)]
    return Case(roster([person(0)], profiles=STAFF, teams={"t": {"profiles": ["p"], "members": terms}}))


def terms(n):
    """Twenty of each member."""
    days = [{"starts": f"{1000 + i}-01-01", "ends": f"{1000 + i}-12-31"} for i in range(20)]
    listed = [{"email": it, **term} for it in emails(n) for term in days]
    return Case(roster([person(i) for i in range(n)], profiles=STAFF, teams={"t": {"profiles": ["p"], "members": listed}}))


def teams_of_one(n):
    teams = {name: {"profiles": ["p"], "members": ["p0@example.com"]} for name in numbered("t", n)}
    return Case(roster([person(0)], profiles=STAFF, teams=teams))


def teams_with_profiles(n):
    """Each with a profile of its own; everybody is in two."""
    profiles = {name: {"bitsight": ROLE} for name in numbered("p", n)}
    teams = {f"t{i}": {"profiles": [f"p{i}"], "members": [f"p{i}@example.com", f"p{(i + 1) % n}@example.com"]} for i in range(n)}
    return Case(roster([person(i) for i in range(n)], profiles=profiles, teams=teams))


def unknown_members(n):
    return Case(roster([person(0)], profiles=STAFF, teams={"t": {"profiles": ["p"], "members": [f"q{i}@example.com" for i in range(n)]}}))


def profiles_of_a_team(n):
    profiles = {name: {"bitsight": ROLE} for name in numbered("p", n)}
    return Case(roster([person(0)], profiles=profiles, teams={"t": {"profiles": list(profiles), "members": ["p0@example.com"]}}))


def profiles_in_a_row(n):
    """Each includes the one before; somebody has the last."""
    profiles = {f"p{i}": {"includes": [f"p{i - 1}"], "bitsight": {}} for i in range(1, n)}
    return Case(roster([person(0, profiles=[f"p{n - 1}"])], profiles={"p0": {"bitsight": ROLE}, **profiles}))


def profiles_in_a_circle(n):
    profiles = {f"p{i}": {"includes": [f"p{(i + 1) % n}"]} for i in range(n)}
    return Case(roster([person(0, profiles=["p0"])], profiles=profiles))


def profiles_of_a_profile(n):
    profiles = {name: {"bitsight": ROLE} for name in numbered("p", n)}
    return Case(roster([person(0, profiles=["all"])], profiles={**profiles, "all": {"includes": list(profiles)}}))


def profiles_in_diamonds(n):
    """Each includes both before it: there are ways without number, and n profiles."""
    profiles = {f"p{i}": {"includes": [f"p{i - 1}", f"p{i - 2}"], "bitsight": {}} for i in range(2, n)}
    return Case(roster([person(0, profiles=[f"p{n - 1}"])], profiles={"p0": {"bitsight": ROLE}, "p1": {}, **profiles}))


def profiles_of_everybody(n):
    profiles = {name: {"everyone": True, "bitsight": ROLE} for name in numbered("p", n)}
    return Case(roster([person(0)], profiles=profiles))


def everybody(n):
    return Case(roster([person(i) for i in range(n)], profiles={"p": {"everyone": True, "bitsight": ROLE}}))


def days_of_profiles(n):
    profiles = {name: {"bitsight": ROLE} for name in numbered("p", n)}
    grants = [{"name": name, "starts": "2026-01-01", "ends": "2026-01-02"} for name in profiles]
    return Case(roster([person(0, profiles=["all", *grants])], profiles={**profiles, "all": {"bitsight": ROLE}}))


def accounts_of_a_file(n):
    blocks = {it: {"bitsight": ROLE} for it in emails(n)}
    return Case(roster([person(i) for i in range(n)], accounts=blocks))


def accounts_of_files(n):
    """One person, in many files."""
    files = {f"roster/{i}.yaml": {"accounts": {"p0@example.com": {"bitsight": {"features": {f"f{i}": True}}}}} for i in range(n)}
    files["roster/people.yaml"] = roster([person(0, **account())])
    return Case(None, "validate roster", files=files)


def accounts_of_nobody(n):
    return Case(roster([person(0)], accounts={f"q{i}@example.com": {"bitsight": ROLE} for i in range(n)}))


def notes(n):
    return Case(roster([person(0, note="x " * n, **account())]))


HEAD = "Key,Mail,First,Last,Dept\n"
COLUMNS = {"key": "Key", "email": "Mail", "first_name": "First", "last_name": "Last"}


def source(**more):
    return {"hr": {"csv": "hr.csv", "columns": COLUMNS, **more}}


def rows(n, first="F", department="D"):
    return HEAD + "".join(f"E{i},p{i}@example.com,{first}{i},L,{department}\n" for i in range(n))


def sourced(n, **more):
    return [person(i, source={"hr": f"E{i}"}, **more) for i in range(n)]


def merged(n, people, table, **more):
    files = {"hr.csv": table, "people.yaml": {"people": people}}
    words = f"import users.yaml --source hr --merge people.yaml --allow-lost-people {n}"
    return Case({"version": 1, "sources": source(**more)}, words, files=files)


def source_new(n):
    return merged(n, [], rows(n))


def source_changed(n):
    return merged(n, sourced(n), rows(n, "G"))


def source_same(n):
    return merged(n, sourced(n), rows(n))


def source_left(n):
    return merged(n, sourced(n), rows(1))


def source_by_email(n):
    return merged(n, [person(i) for i in range(n)], rows(n))


def source_renamed(n):
    return merged(n, [person(i + n, source={"hr": f"E{i}"}) for i in range(n)], rows(n))


def source_one_key(n):
    return merged(n, [], HEAD + "".join(f"E0,p{i}@example.com,F,L,D\n" for i in range(n)))


def source_one_email(n):
    return merged(n, [], HEAD + "".join(f"E{i},p@example.com,F,L,D\n" for i in range(n)))


def source_bad_rows(n):
    return merged(n, [], rows(1) + "X\n" * n)


def source_columns(n):
    names = ",".join(numbered("c", n))
    return merged(n, [], f"Key,Mail,First,Last,{names}\nE0,p@example.com,F,L,{names}\n")


def source_values(n):
    values = {**{name: [] for name in numbered("d", n)}, "*": []}
    return merged(n, [], rows(n), profiles={"column": "Dept", "values": values})


def fmt(n):
    return Case(roster([person(i, **account()) for i in range(n)]), "fmt --check")


def fmt_deep(n):
    return Case("people:\n" + "".join(f"- email: p{i}@example.com\n  accounts:\n      bitsight:\n          role: x\n" for i in range(n)), "fmt --check")


def renamed(n):
    teams = {name: {"members": ["p0@example.com"]} for name in numbered("t", n)}
    return Case(roster([person(i, **account()) for i in range(n)], teams=teams), "rename p0@example.com q@example.com")


def diff(n):
    old = roster([person(i, **account()) for i in range(n)])
    new = roster([person(i + n // 2, **account(group="x")) for i in range(n)])
    return Case(new, "diff old.yaml users.yaml", files={"old.yaml": old})


def diff_teams(n):
    def of(shift):
        teams = {f"t{i}": {"profiles": ["p"], "members": [f"p{(i + shift) % n}@example.com"]} for i in range(n)}
        return roster([person(i) for i in range(n)], profiles=STAFF, teams=teams)

    return Case(of(1), "diff old.yaml users.yaml", files={"old.yaml": of(0)})


def sarif(n):
    return Case(roster([person(i, profiles=["x"]) for i in range(n)]), "validate --format sarif")


def annotations(n):
    return Case(roster([person(i, profiles=["x"]) for i in range(n)]), "validate --format github")


PEOPLE = {
    members: 300, members_with_days: 300, terms_of_one_member: 300, terms: 40, teams_of_one: 300, teams_with_profiles: 150,
    unknown_members: 300, profiles_of_a_team: 300, profiles_in_a_row: 300, profiles_in_a_circle: 300,
    profiles_of_a_profile: 300, profiles_in_diamonds: 300, profiles_of_everybody: 300, everybody: 300,
    days_of_profiles: 300, accounts_of_a_file: 300, accounts_of_files: 100, accounts_of_nobody: 300, notes: 3000,
    source_new: 300, source_changed: 300, source_same: 300, source_left: 300, source_by_email: 300,
    source_renamed: 300, source_one_key: 300, source_one_email: 300, source_bad_rows: 300, source_columns: 800,
    source_values: 300, fmt: 300, fmt_deep: 300, renamed: 300, diff: 300, diff_teams: 300, sarif: 200,
    annotations: 200,
}  # fmt: skip
