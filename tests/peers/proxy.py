"""Stands between rosterctl and a peer, passes every call on as it is, and counts what was asked."""

import collections
import http.client
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas")
# What concerns one hop only.
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}


def kind(method, target):
    """What a call is for: discovery, pages, a look-up, one user, one group, a write."""
    path, _, query = target.partition("?")
    parts = [part for part in path.split("/") if part]
    resource = parts[-1] if parts else ""
    if method != "GET":
        return "writes"
    if any(name in parts for name in DISCOVERY):
        return "discovery"
    if "filter" in urllib.parse.parse_qs(query):
        return "look-ups"
    if resource in ("Users", "Groups"):
        return "pages"
    return "groups" if "Groups" in parts else "users"


class Proxy:
    """A proxy to one port of this machine; `counts` is by kind of call."""

    def __init__(self, port):
        self.counts = collections.Counter()
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            """One call."""

            protocol_version = "HTTP/1.1"
            timeout = 120

            def pass_on(self):
                """Sends the same call to the peer, and its answer back."""
                with lock:
                    outer.counts[kind(self.command, self.path)] += 1
                    looks = kind(self.command, self.path) == "look-ups"
                    outer.counts["people looked up"] += looks and "/Users" in self.path
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
                peer = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                try:
                    peer.request(self.command, self.path, body or None, headers)
                    answer = peer.getresponse()
                    content = answer.read()
                except (OSError, http.client.HTTPException):
                    # The peer said nothing, and so does the proxy.
                    self.close_connection = True
                    return
                finally:
                    peer.close()
                if self.command != "GET" and answer.status in (405, 500, 501):
                    # It found out a form of call that the peer does not take.
                    with lock:
                        outer.counts["writes"] -= 1
                        outer.counts["discovery"] += 1
                self.send_response_only(answer.status, answer.reason)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP | {"content-length"}:
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

            def log_message(self, *_):
                """Nothing on stderr."""

        class Server(ThreadingHTTPServer):
            """A caller that is killed is no error."""

            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    def start(self):
        """Serves until it is stopped."""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()

    def take(self):
        """The counts since the last time."""
        counts, self.counts = self.counts, collections.Counter()
        return counts
