"""Races, deaths and zombies around one state, with real processes: in S3 (moto) and in a folder.

Started by `run`; prints one line for each thing that was shown, and how long it took.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

PROGRAMS = pathlib.Path(sys.argv[1]).absolute()
RACERS = int(os.environ.get("RACERS", "50"))
ROUNDS = int(os.environ.get("ROUNDS", "200"))
BUCKET = "example-ops"
# Long enough for a busy machine to renew in time, short enough to wait for.
TTL = 6


def step(text, begun):
    print(f"ok  {text}  ({time.monotonic() - begun:.1f} s)", flush=True)


class Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


class OneAtATime:
    """moto compares and writes in two steps; a real store does both in one."""

    def __init__(self, app):
        self.app, self.turn = app, threading.Lock()

    def __call__(self, environ, start_response):
        with self.turn:
            return list(self.app(environ, start_response))


@contextlib.contextmanager
def s3():
    app = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    request = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")
    urllib.request.urlopen(request).close()
    yield {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "invented",
        "AWS_SECRET_ACCESS_KEY": "invented-too",
        "AWS_REGION": "us-east-1",
    }
    server.shutdown()


class Store:
    """Where the state is, and how to look into it from outside."""

    def __init__(self, kind, environment, folder):
        self.kind, self.environment, self.folder = kind, environment, folder

    def place(self, name):
        return f"s3://{BUCKET}/{name}" if self.kind == "s3" else str(self.folder / name)

    def put(self, name, key, data):
        if self.kind == "s3":
            url = f"{self.environment['AWS_ENDPOINT_URL']}/{BUCKET}/{name}/{key}"
            json_type = {"Content-Type": "application/json"}
            request = urllib.request.Request(url, data=data, method="PUT", headers=json_type)
            urllib.request.urlopen(request).close()
        else:
            path = self.folder / name / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def everything(self, name):
        """Every key and its content."""
        if self.kind == "folder":
            root = self.folder / name
            files = (path for path in root.rglob("*") if path.is_file())
            return {str(path.relative_to(root)): path.read_bytes() for path in files}
        import boto3

        client = boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="invented",
            aws_secret_access_key="invented-too",
            region_name="us-east-1",
        )
        pages = client.get_paginator("list_objects_v2")
        found = {}
        for page in pages.paginate(Bucket=BUCKET, Prefix=f"{name}/"):
            for item in page.get("Contents", []):
                body = client.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
                found[item["Key"].removeprefix(f"{name}/")] = body
        return found


def race(store):
    begun = time.monotonic()
    environment = {"PATH": os.environ["PATH"], **store.environment}
    command = [PROGRAMS / "examples" / "racer", store.place("race")]
    racers = [
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(RACERS)
    ]
    answers = [racer.stdout.readline().strip() for racer in racers]
    assert answers == ["ready"] * RACERS, answers
    winners = set()
    for number in range(ROUNDS):
        for racer in racers:
            racer.stdin.write("go\n")
        answers = [racer.stdout.readline().strip() for racer in racers]
        won = [at for at, answer in enumerate(answers) if answer == "won"]
        held = answers.count("held")
        assert len(won) == 1 and held == RACERS - 1, f"round {number}: {answers}"
        winners.add(won[0])
        racers[won[0]].stdin.write("drop\n")
        assert racers[won[0]].stdout.readline().strip() == "dropped"
    for racer in racers:
        racer.stdin.close()
        assert racer.wait() == 0
    text = f"{RACERS} processes raced {ROUNDS} times, one won each time"
    step(f"{store.kind}: {text} ({len(winners)} different ones)", begun)


PEOPLE = 24


def roster(place, vendors, limits):
    """Everybody at Bitsight and at SureCloud; every fourth is a leaver."""
    lines = ["version: 1", f"state: {place}", "vendors:"]
    for name, secret in (("bitsight", "token"), ("surecloud", "jwt")):
        base_url = vendors[name]["base_url"] if vendors else "https://vendor.example"
        lines += [
            f"  {name}:",
            f"    base_url: {base_url}",
            f"    auth: {{ {secret}: {{ env: {name.upper()} }} }}",
            f"    limits: {limits}",
            "    max: { deactivations: 100 }",
        ]
    lines.append("people:")
    for number in range(PEOPLE):
        accounts = "{ bitsight: { role: customer_user, group: G }, surecloud: { role: CONTRIBUTOR } }"
        lines.append(
            f"  - {{ email: p{number:02}@example.com, first_name: P, last_name: N{number}, "
            f"active: {'false' if number % 4 == 3 else 'true'}, accounts: {accounts} }}"
        )
    return "\n".join(lines) + "\n"


class World:
    """Vendors of its own, a state of its own, and runners that share nothing but these."""

    def __init__(self, store, name, root):
        self.store, self.name = store, name
        self.root = root / f"{store.kind}-{name}"
        self.root.mkdir()
        path = self.root / "sandbox.yaml"
        # The sandbox begins with everybody as they should be, but for a mess of its own.
        path.write_text(roster("unused", None, "{}"))
        self.sandbox = subprocess.Popen(
            [PROGRAMS / "rosterctl", "sandbox", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for line in self.sandbox.stdout:
            if line.startswith("export ROSTERCTL_SANDBOX="):
                address = line.split("=", 1)[1].strip().strip("'\"")
                break
        with urllib.request.urlopen(address) as answer:
            index = json.load(answer)
        self.vendors = index["vendors"]
        record = pathlib.Path(index["state"], "records", "surecloud.json")
        store.put(name, "records/surecloud.json", record.read_bytes())
        self.environment = {"PATH": os.environ["PATH"], **store.environment}
        for vendor, about in self.vendors.items():
            (secret,) = about["secrets"].values()
            self.environment[vendor.upper()] = secret

    def runner(self, name, limits):
        """An empty disk with nothing but the roster."""
        folder = self.root / name
        folder.mkdir()
        text = roster(self.store.place(self.name), self.vendors, limits)
        (folder / "users.yaml").write_text(text)
        return folder

    def start(self, folder, *options, command="apply"):
        yes = ["--yes", "--lock-ttl", f"{TTL}s"] if command == "apply" else []
        return subprocess.Popen(
            [PROGRAMS / "rosterctl", *command.split(), *options, *yes],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, folder, *options, command="apply", code=0):
        process = self.start(folder, *options, command=command)
        out, err = process.communicate(timeout=180)
        assert process.returncode == code, f"{command} {options}: {process.returncode}\n{out}\n{err}"
        return out, err

    def converged(self, folder):
        """A plan finds nothing to do, nobody has two accounts, the record is right."""
        out, _ = self.run(folder, "--format", "json", "--detailed-exitcode", command="plan")
        plan = json.loads(out)
        assert plan["actions"] == [] and plan["held"] == [], plan
        strangers = plan["summary"]["unlisted"]
        accounts = plan["vendors"]["bitsight"]["accounts"]
        own = accounts - strangers
        assert own <= PEOPLE + 1, f"{accounts} accounts, {strangers} of them strangers"
        out, _ = self.run(folder, "surecloud", "--format", "json", command="record show")
        record = json.loads(out)["accounts"]
        for number in range(PEOPLE):
            entry = record.get(f"p{number:02}@example.com")
            leaver = number % 4 == 3
            assert leaver or entry is not None, f"p{number:02} is not in the record"
            assert entry is None or entry["active"] != leaver, (number, entry)
            assert entry is None or not entry.get("pending"), (number, entry)
        out, _ = self.run(folder, "--format", "json", command="journal list")
        for journal in json.loads(out):
            assert journal["ended"], journal
            self.run(folder, journal["run"], command="journal verify")

    def close(self):
        self.sandbox.send_signal(signal.SIGTERM)
        self.sandbox.wait()


SLOW = "{ per_second: 3, burst: 3, concurrency: 2 }"


def after(process, outcomes):
    """Waits for so many outcomes of a run."""
    seen = []
    for line in process.stderr:
        seen.append(line)
        if f"[{outcomes:>2}/" in line or f"[{outcomes}/" in line:
            return seen
    raise AssertionError("it ended first:\n" + "".join(seen) + process.stdout.read())


def killed(store, root):
    begun = time.monotonic()
    world = World(store, "killed", root)
    a, b = world.runner("a", SLOW), world.runner("b", "{}")
    first = world.start(a)
    after(first, 5)
    # Somebody else is refused while it lives.
    _, err = world.run(b, code=1)
    assert "another run is at work" in err and "nothing was written" in err, err
    first.send_signal(signal.SIGKILL)
    first.wait()
    died = time.monotonic()
    shutil.rmtree(a)
    _, err = world.run(b, "--lock-timeout", "60s")
    waited = time.monotonic() - died
    assert "was cut off" in err, err
    world.converged(b)
    world.close()
    step(f"{store.kind}: killed -9 in mid-apply, finished by a runner with an empty disk", begun)
    print(f"      from the death to the end of the next run: {waited:.1f} s, TTL {TTL} s")


def zombie(store, root):
    begun = time.monotonic()
    world = World(store, "zombie", root)
    a, b = world.runner("a", SLOW), world.runner("b", "{}")
    first = world.start(a)
    after(first, 5)
    first.send_signal(signal.SIGSTOP)
    if store.kind == "folder":
        # It still holds the lock of the system, which outlasts any time.
        _, err = world.run(b, "--lock-timeout", f"{TTL + 4}s", code=1)
        assert "another run is at work" in err, err
        first.send_signal(signal.SIGCONT)
        out, err = first.communicate(timeout=180)
        assert first.returncode == 3, f"{first.returncode}\n{out}\n{err}"
        assert "lost its lock" in out + err, out + err
        world.run(b)
        world.converged(b)
        world.close()
        step("folder: a stopped run keeps others out, and takes no action when it wakes late", begun)
        return
    _, err = world.run(b, "--lock-timeout", "60s")
    assert "did not give its lock back" in err, err
    world.converged(b)
    before = store.everything(world.name)
    first.send_signal(signal.SIGCONT)
    out, err = first.communicate(timeout=180)
    assert first.returncode == 3, f"{first.returncode}\n{out}\n{err}"
    assert "lost its lock" in out + err, out + err
    left = store.everything(world.name)
    changed = [key for key in before.keys() | left.keys() if before.get(key) != left.get(key)]
    assert not changed, f"the zombie wrote {changed}"
    world.converged(b)
    world.close()
    step(f"{store.kind}: a zombie that was taken over writes nothing, neither state nor vendor", begun)


def main():
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, s3() as environment:
        root = pathlib.Path(folder)
        for store in (Store("s3", environment, None), Store("folder", {}, root / "states")):
            killed(store, root)
            zombie(store, root)
            race(store)
    print(f"all of it in {time.monotonic() - begun:.0f} s")


main()
