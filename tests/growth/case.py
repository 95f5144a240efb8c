"""What one input is: files, a command, and what the vendor answers. Standard library only."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time

# As fast as it goes: nothing here is about waiting.
LIMITS = {"per_second": 10000, "burst": 10000, "concurrency": 8, "timeout": "60s"}


def numbered(word, count):
    return [f"{word}{n}" for n in range(count)]


def person(n, **more):
    return {"email": f"p{n}@example.com", "first_name": f"F{n}", "last_name": "L", **more}


class Broken(Exception):
    """An input that did not do what it is there for."""


class Case:
    """An input: the roster's files by name, the words of the command that is counted, commands that
    run before it and are not counted, and a vendor: what it answers to (method, path, query, body).
    `history` are rosters that were committed before, the oldest first, from `since` on (a time; otherwise
    thirty days ago); `env` are more variables."""

    def __init__(self, roster, words="validate", before=(), vendor=None, files=None, exits=(0, 1, 2, 3, 4), history=(), env=None):  # fmt: skip
        self.files = dict(files or {})
        self.history, self.env, self.since = history, dict(env or {}), None
        if roster is not None:
            self.files["users.yaml"] = roster
        self.words, self.before, self.vendor, self.exits = words.split(), [it.split() for it in before], vendor, exits


class Table:
    """A vendor as a table of answers to GET, whose lists end with their first page; writes are
    answered by a function of method, path and body."""

    def __init__(self, answers, write=None):
        self.answers, self.write = answers, write

    def __call__(self, method, path, query, body):
        if method != "GET":
            return self.write(method, path, body) if self.write else (405, {"detail": "read only"})
        found = self.answers.get(path)
        if callable(found):
            found = found(query)
        if found is None:
            return 404, {"detail": "not found"}
        beyond = re.search(r"(?:startIndex|offset|page)=(\d+)", query)
        if beyond and int(beyond[1]) > 1:
            found = {key: [] if isinstance(value, list) else value for key, value in found.items()}
        return 200, found


@contextlib.contextmanager
def served(vendor):
    """Its address, while it is served on loopback."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two writes, and the second one is not to wait for an acknowledgement.
        disable_nagle_algorithm = True

        def answer(self):
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, document = vendor(self.command, path, query, json.loads(body) if body else None)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def text(content):
    return content if isinstance(content, str) else json.dumps(content, indent=1)


def commit(folder, rosters, since):
    """Makes a repository with a commit for each state of users.yaml; the last one is checked out."""
    stream, at = [], int(since.timestamp() if since else time.time() - 30 * 86400)
    for i, content in enumerate(map(text, rosters)):
        stream += [f"commit refs/heads/main\ncommitter A <a@example.com> {at + i} +0000\ndata 1\nx\n",
                   f"M 100644 inline users.yaml\ndata {len(content.encode())}\n{content}\n"]  # fmt: skip
    git = ["git", "-C", folder]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
    subprocess.run([*git, "fast-import", "--quiet"], input="".join(stream), text=True, check=True)
    subprocess.run([*git, "reset", "--quiet", "--hard"], check=True)


def run(case, binary, wrapper=()):
    """Runs a case; gives the counted command's exit, stdout, stderr and seconds of user time."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        if case.vendor:
            address = stack.enter_context(served(case.vendor))
            for vendor in case.files["users.yaml"]["vendors"].values():
                vendor["base_url"] = address
                vendor["limits"] = LIMITS
        if case.history:
            commit(folder, case.history, case.since)
        for name, content in case.files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text(content))
        env = {"PATH": os.environ["PATH"], "T": "secret", "E": "me@example.com", "HOME": folder, **case.env}

        def call(*words):
            process = subprocess.Popen(words, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")  # fmt: skip
            out, err = [], []
            readers = [threading.Thread(target=lambda pipe, into: into.append(pipe.read()), args=it) for it in ((process.stdout, out), (process.stderr, err))]  # fmt: skip
            for reader in readers:
                reader.start()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            for reader in readers:
                reader.join()
            return process.returncode, out[0], err[0], used.ru_utime

        for words in case.before:
            code, out, err, _ = call(binary, *words)
            if code not in (0, 3, 4):
                raise Broken(f"{' '.join(words)}: exit {code}: {(out + err)[:600]}")
        return call(*wrapper, binary, *case.words)
