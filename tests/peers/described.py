"""Runs rosterctl against products without SCIM, by the descriptions that ship with it.

Only the standard library. Each product is started on loopback and asked, without any code of
rosterctl, what it holds in the end. What is there is imported, 200 people are created by a run that
is killed and one that goes on, changed, taken out and put back; after each step a plan is empty.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PEOPLE = 200
KILLED_AT = 60
LEFT = 10
BINARY = os.environ["ROSTERCTL_BIN"]


class Failed(Exception):
    """What a product or rosterctl did that it should not."""


def call(base, method, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=data, method=method, headers={"content-type": "application/json", **(headers or {})})  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Product:
    """A server, how it is reached, and what it holds."""

    def __init__(self, cache, name):
        self.name, self.cache = name, cache
        self.folder = cache / "run" / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"

    def begin(self, command, until):
        log = open(self.folder / "server.log", "wb")
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        for _ in range(300):
            try:
                return call(self.base, "GET", until, headers=self.headers())
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise Failed(f"it does not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    # Further keys of the vendor in the roster, and calls in flight.
    vendor, at_once = (), 8
    # Whether it can delete, and whether an address can change.
    deletes = renames = True

    def login(self, n):
        """The login of somebody, where the roster has to give one."""

    def headers(self):
        return {}


class PocketBase(Product):
    """One collection of users with a switch, a level and teams."""

    secrets = {"email": "root@acme.example", "password": "a-long-password"}
    groups_key = "teams"
    switches = True
    account = "level: reader, "
    token = None

    def headers(self):
        return {"authorization": self.token} if self.token else {}

    def ask(self, method, path, body=None):
        return call(self.base, method, path, body, self.headers())

    def start(self):
        binary = str(self.cache / "described/bin/pocketbase")
        data = ["--dir", str(self.folder / "data")]
        root = [self.secrets["email"], self.secrets["password"]]
        subprocess.run([binary, "superuser", "upsert", *root, *data], check=True, capture_output=True)
        self.begin([binary, "serve", "--http", f"127.0.0.1:{self.port}", *data], "/api/health")
        login = {"identity": root[0], "password": root[1]}
        self.token = self.ask("POST", "/api/collections/_superusers/auth-with-password", login)["token"]
        fields = [{"name": "name", "type": "text", "required": True}]
        teams = self.ask("POST", "/api/collections", {"name": "teams", "type": "base", "fields": fields})
        fields = self.ask("GET", "/api/collections/users")["fields"]
        fields += [
            {"name": "blocked", "type": "bool"},
            {"name": "level", "type": "select", "maxSelect": 1, "values": ["reader", "writer", "admin"]},
            {"name": "teams", "type": "relation", "collectionId": teams["id"], "maxSelect": 99},
        ]
        self.ask("PATCH", "/api/collections/users", {"fields": fields})
        self.teams = {}
        for name in ("Europe", "Asia"):
            made = self.ask("POST", "/api/collections/teams/records", {"name": name})
            self.teams[made["id"]] = name
        for n in range(3):
            secret = {"password": "x" * 12, "passwordConfirm": "x" * 12}
            user = {"email": f"old{n}@acme.example", "name": f"Old {n}", "level": "reader", "blocked": False}
            self.ask("POST", "/api/collections/users/records", {**user, **secret})

    def held(self):
        """By e-mail: whether somebody is on, and their groups."""
        found, page = {}, 1
        while True:
            answer = self.ask("GET", f"/api/collections/users/records?perPage=500&page={page}")
            for user in answer["items"]:
                if user["email"] in found:
                    raise Failed(f"{user['email']} is there twice")
                found[user["email"]] = (not user["blocked"], sorted(self.teams[it] for it in user["teams"]))
            page += 1
            if page > answer["totalPages"]:
                return found


NO_PROXY = """
from jupyterhub.proxy import Proxy


class Nothing(Proxy):
    should_start = False
    routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


c = get_config()
c.JupyterHub.proxy_class = Nothing
c.JupyterHub.hub_port = PORT
c.JupyterHub.bind_url = "http://127.0.0.1:PUBLIC"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.Authenticator.admin_users = {"old0@acme.example"}
c.Authenticator.allowed_users = {"old1@acme.example", "old2@acme.example"}
c.JupyterHub.services = [{"name": "roster", "api_token": "TOKEN"}]
scopes = ["admin:users", "list:users", "read:users", "admin:groups", "list:groups", "read:groups"]
c.JupyterHub.load_roles = [{"name": "roster", "scopes": scopes, "services": ["roster"]}]
c.JupyterHub.load_groups = {"Europe": {"users": []}, "Asia": {"users": []}}
"""


class JupyterHub(Product):
    """Users who are known by their name, and groups."""

    secrets = {"token": "0123456789abcdef0123456789abcdef"}
    groups_key = "groups"
    switches = False
    account = ""

    def headers(self):
        accept = "application/jupyterhub-pagination+json"
        return {"authorization": f"token {self.secrets['token']}", "accept": accept}

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            public = str(probe.getsockname()[1])
        text = NO_PROXY.replace("PORT", str(self.port)).replace("PUBLIC", public)
        (self.folder / "jupyterhub_config.py").write_text(text.replace("TOKEN", self.secrets["token"]))
        binary = str(self.cache / "described/bin/jupyterhub")
        self.begin([binary], "/hub/api/user")

    def held(self):
        found, offset = {}, 0
        while True:
            path = f"/hub/api/users?limit=200&offset={offset}"
            answer = call(self.base, "GET", path, headers=self.headers())
            for user in answer["items"]:
                found[user["name"]] = (True, sorted(user["groups"]))
            offset += len(answer["items"])
            if not answer["items"] or offset >= answer["_pagination"]["total"]:
                return found


REDMINE = """
Setting.rest_api_enabled = '1'
root = User.find_by_login('admin')
root.update_columns(must_change_passwd: false)
root.email_address.update_columns(address: 'root@acme.example')
key = Token.create!(user: root, action: 'api').value
%w[Europe Asia].each { |name| Group.create!(lastname: name) }
3.times do |n|
  user = User.new(firstname: 'Old', lastname: n.to_s, mail: "old#{n}@acme.example", language: 'en')
  user.login = "old#{n}"
  user.password = user.password_confirmation = SecureRandom.hex(12)
  user.save!
end
File.write('key', key)
"""


class Redmine(Product):
    """Users with logins and e-mails, three lists by status, groups, and 204 for every change."""

    groups_key = "groups"
    switches = True
    account = ""
    vendor = ["login: local_part"]
    # Its database takes one writer at a time, and is in no hurry.
    at_once = 1
    key = ""

    def login(self, n):
        return f"p{n}"

    @property
    def secrets(self):
        return {"key": self.key}

    def headers(self):
        return {"x-redmine-api-key": self.key} if self.key else {}

    def ask(self, path):
        return call(self.base, "GET", path, headers=self.headers())

    def start(self):
        code = pathlib.Path("/usr/share/redmine")
        if not code.is_dir():
            raise Failed("it is not installed: apt-get install --no-install-recommends redmine redmine-sqlite")
        app = self.folder / "app"
        ours = ("instances", "Gemfile.lock", "database.yml")
        shutil.copytree(code, app, symlinks=True, ignore=lambda _, names: [it for it in names if it in ours])
        with open(app / "Gemfile", "a") as gems:
            gems.write("gem 'webrick'\n")
        instance = app / "instances/default"
        for folder in ("config", "log", "tmp/cache", "files"):
            (instance / folder).mkdir(parents=True)
        store = {"adapter": "sqlite3", "database": str(instance / "redmine.sqlite3"), "timeout": 10000, "pool": 32}
        (instance / "config/database.yml").write_text(json.dumps({"production": store}))
        (instance / "config/secret_key.txt").write_text("0" * 64)
        (app / "seed.rb").write_text(REDMINE)
        env = {**os.environ, "RAILS_ENV": "production", "REDMINE_LANG": "en"}
        for words in (["rake", "db:migrate"], ["rails", "runner", "seed.rb"]):
            subprocess.run(["bundle", "exec", *words], cwd=app, env=env, check=True, capture_output=True)
        self.key = (app / "key").read_text()
        server = ["bundle", "exec", "rails", "server", "-u", "webrick", "-b", "127.0.0.1", "-p", str(self.port)]
        self.begin(["env", "-C", str(app), "RAILS_ENV=production", *server], "/users.json")

    def held(self):
        groups, found = {}, {}
        for group in self.ask("/groups.json")["groups"]:
            for user in self.ask(f"/groups/{group['id']}.json?include=users")["group"]["users"]:
                groups.setdefault(user["id"], []).append(group["name"])
        for status in (1, 3):
            offset = 0
            while True:
                page = self.ask(f"/users.json?status={status}&limit=100&offset={offset}")
                for user in page["users"]:
                    if user["mail"] in found:
                        raise Failed(f"{user['mail']} is there twice")
                    if user["login"] != "admin":
                        found[user["mail"]] = (status == 1, sorted(groups.get(user["id"], [])))
                offset += len(page["users"])
                if not page["users"] or offset >= page["total_count"]:
                    break
        return found


SYNAPSE = """
rc_admin_redaction: { per_second: 1000, burst_count: 1000 }
rc_login:
  address: { per_second: 1000, burst_count: 1000 }
  account: { per_second: 1000, burst_count: 1000 }
bcrypt_rounds: 4
"""


class Synapse(Product):
    """Users who are known by a Matrix id, made by PUT, with addresses that no list shows."""

    groups_key = "full_name"
    switches, deletes, renames = True, False, False
    account = ""
    token = ""

    @property
    def secrets(self):
        return {"token": self.token}

    def headers(self):
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    def login(self, n):
        return f'"@p{n}:acme.example"'

    def put(self, name, mail, admin=False):
        body = {
            "displayname": "Old", "admin": admin, "password": "a-long-password",
            "threepids": [{"medium": "email", "address": mail}],
        }  # fmt: skip
        call(self.base, "PUT", f"/_synapse/admin/v2/users/@{name}:acme.example", body, self.headers())

    def start(self):
        tools = self.cache / "synapse/bin"
        server = [str(tools / "python"), "-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"]
        make = [*server, "--server-name", "acme.example", "--generate-config", "--report-stats=no"]
        subprocess.run(make, cwd=self.folder, check=True, capture_output=True)
        config = self.folder / "homeserver.yaml"
        config.write_text(config.read_text().replace("port: 8008", f"port: {self.port}") + SYNAPSE)
        self.begin(server, "/_matrix/client/versions")
        root = ["-u", "root", "-p", "a-long-password", "-a", "-c", "homeserver.yaml", self.base]
        register = str(tools / "register_new_matrix_user")
        subprocess.run([register, *root], cwd=self.folder, check=True, capture_output=True)
        who = {"type": "m.id.user", "user": "root"}
        login = {"type": "m.login.password", "identifier": who, "password": "a-long-password"}
        self.token = call(self.base, "POST", "/_matrix/client/v3/login", login)["access_token"]
        for n in range(3):
            self.put(f"old{n}", f"old{n}@acme.example")

    def held(self):
        found, start = {}, 0
        while True:
            path = f"/_synapse/admin/v2/users?deactivated=true&locked=true&limit=100&from={start}"
            page = call(self.base, "GET", path, headers=self.headers())
            for user in page["users"]:
                name = user["name"].split(":")[0][1:]
                if name != "root":
                    found[f"{name}@acme.example"] = (not user["locked"], [user["displayname"]])
            start += len(page["users"])
            if not page["users"] or start >= page["total"]:
                return found


PRODUCTS = {"pocketbase": PocketBase, "jupyterhub": JupyterHub, "redmine": Redmine, "synapse": Synapse}


class Company:
    """A roster beside a product."""

    def __init__(self, product):
        self.product = product
        self.folder = product.folder / "roster"
        self.folder.mkdir()
        self.variables = {f"S_{key.upper()}": text for key, text in product.secrets.items()}

    def write(self, people, deactivate):
        auth = ", ".join(f"{key}: {{ env: S_{key.upper()} }}" for key in self.product.secrets)
        lines = [
            "version: 1", "vendors:", "  app:", "    kind: rest", f"    connector: {self.product.name}",
            f"    base_url: {self.product.base}", f"    auth: {{ {auth} }}", f"    deactivate: {deactivate}",
            *(f"    {line}" for line in self.product.vendor),
            "    limits: { per_second: 1000, burst: 100, concurrency: %d }" % self.product.at_once, "    max: { deactivations: 20 }",
            "people:" if people else "people: []", *people,
        ]  # fmt: skip
        (self.folder / "users.yaml").write_text("\n".join(lines) + "\n")

    def command(self, *words):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.variables}
        return subprocess.Popen([BINARY, *words], cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip

    def run(self, *words, code=0):
        process = self.command(*words)
        said, _ = process.communicate(timeout=600)
        if process.returncode != code:
            raise Failed(f"{' '.join(words)} ended with {process.returncode}: {said[-3000:]}")
        for secret in self.product.secrets.values():
            if "@" not in secret and secret in said:
                raise Failed(f"{' '.join(words)} shows a secret")
        return said

    def in_sync(self, *files):
        self.run("plan", *files, "--detailed-exitcode")

    def apply(self):
        self.run("apply", "--yes")
        self.in_sync()


def people(product, groups, left=(), gone=(), emails=None):
    lines = []
    for n in range(PEOPLE):
        if n in gone:
            continue
        email = (emails or {}).get(n)
        before = f"previous_emails: [p{n}@acme.example], " if email else ""
        place = groups(n) if product.groups_key == "full_name" else f"[{groups(n)}]"
        account = f"{product.account}{product.groups_key}: {place}"
        off = "active: false, " if n in left else ""
        login = product.login(n)
        before += f"logins: {{ app: {login} }}, " if login else ""
        lines.append(f"  - {{ email: {email or f'p{n}@acme.example'}, {before}{off}first_name: F{n}, last_name: L, accounts: {{ app: {{ {account} }} }} }}")  # fmt: skip
    return lines


def expect(product, wanted):
    held = product.held()
    for email, (on, groups) in wanted.items():
        if held.get(email) != (on, groups):
            raise Failed(f"{email} is {held.get(email)} and not {(on, groups)}")
    return held


def check(product):
    company = Company(product)
    off = "switch" if product.switches else "delete"

    # What is there is imported, and says the same.
    company.write([], off)
    company.run("import", "--out", "people.yaml")
    company.in_sync("users.yaml", "people.yaml")
    old = [line for line in (company.folder / "people.yaml").read_text().splitlines() if "old" in line]
    if len(old) < 3:
        raise Failed("not everybody was imported")
    (company.folder / "people.yaml").unlink()

    # Created by a run that is killed and one that goes on: nobody twice.
    def home(n):
        return "Europe" if n % 2 else "Asia"

    company.write(people(product, home), off)
    process = company.command("apply", "--yes")
    while process.poll() is None and len(product.held()) < KILLED_AT:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    # The product may still be at calls that nobody waits for any more; until then its count changes.
    between = len(product.held())
    while True:
        time.sleep(0.5)
        now = len(product.held())
        if now == between:
            break
        between = now
    company.apply()
    everybody = {f"p{n}@acme.example": (True, [home(n)]) for n in range(PEOPLE)}
    if len(expect(product, everybody)) != PEOPLE + 3:
        raise Failed("somebody is there who should not be")

    # Groups, and addresses where the product lets them change.
    def moved(n):
        return ("Asia" if home(n) == "Europe" else "Europe") if n < 30 else home(n)

    emails = {n: f"new{n}@acme.example" for n in range(3)} if product.switches and product.renames else {}
    company.write(people(product, moved, emails=emails), off)
    company.apply()
    wanted = {emails.get(n, f"p{n}@acme.example"): (True, [moved(n)]) for n in range(PEOPLE)}
    if len(expect(product, wanted)) != PEOPLE + 3:
        raise Failed("an address that changed made somebody new")

    # Off, or gone where there is no off; and on again, or made anew.
    left = range(100, 100 + LEFT)
    company.write(people(product, moved, left=left, emails=emails), off)
    company.apply()
    held = product.held()
    for n in left:
        state = held.get(f"p{n}@acme.example")
        if (state or (False,))[0] or (state is None) == product.switches:
            raise Failed(f"p{n} left and is {state}")
    company.write(people(product, moved, emails=emails), off)
    company.apply()
    expect(product, wanted)

    if not product.deletes:
        return f"{PEOPLE} created (killed at {between}), 30 changed, {LEFT} off and on"

    # Deleted.
    company.write(people(product, moved, left=left, emails=emails), "delete")
    company.apply()
    held = product.held()
    if len(held) != PEOPLE + 3 - LEFT or any(f"p{n}@acme.example" in held for n in left):
        raise Failed("who was to be deleted is there")
    return f"{PEOPLE} created (killed at {between}), 30 moved, {len(emails)} renamed, {LEFT} off and on, {LEFT} deleted"


def played(cache, name):
    """What came of one product; the second word says whether it failed."""
    begun = time.monotonic()
    product = PRODUCTS[name](cache, name)
    try:
        product.start()
        return f"{name}: {check(product)}, in {time.monotonic() - begun:.0f} s", False
    except Failed as why:
        return f"{name}: {why}", True
    finally:
        process = getattr(product, "process", None)
        if process:
            process.terminate()
            process.wait()


def main():
    cache, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda name: played(cache, name), names))
    print("\n".join(said for said, _ in ended))
    if any(failed for _, failed in ended):
        raise SystemExit("a product is not as its roster says")


main()
