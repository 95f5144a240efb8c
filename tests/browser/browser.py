"""A headless Chromium over WebDriver, with the standard library only."""

import base64
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request


class Browser:
    """One browser with one window; a context manager."""

    def __init__(self):
        self.process = subprocess.Popen(
            [shutil.which("chromedriver"), "--port=0"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.address = f"http://127.0.0.1:{self._port()}"
        self.session = None
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--hide-scrollbars", "--force-color-profile=srgb", "--window-size=1280,900"]
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments, "binary": self._binary()},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = answer["sessionId"]
        self.version = answer["capabilities"]["browserVersion"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._call("DELETE", f"/session/{self.session}")
        finally:
            self.process.terminate()
            self.process.wait(10)

    @staticmethod
    def _binary():
        names = ["chromium", "chromium-browser", "google-chrome"]
        return next(filter(None, map(shutil.which, names)))

    def _port(self):
        for line in self.process.stdout:
            if "started successfully on port" in line:
                return int(line.rstrip().rstrip(".").rsplit(" ", 1)[1])
        raise SystemExit("chromedriver did not start")

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.address + path, data, {"content-type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise RuntimeError(f"{said['error']}: {said['message']}") from None

    def _in(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def devtools(self, command, **parameters):
        """Sends a command of the DevTools protocol."""
        body = {"cmd": command, "params": parameters}
        return self._in("POST", "/goog/cdp/execute", body)

    def open(self, address):
        """Loads a page, also when only its fragment differs from the present one."""
        self._in("POST", "/url", {"url": "about:blank"})
        self.log("browser"), self.log("performance")
        self._in("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        """Runs a function body in the page and gives what it returns."""
        return self._in("POST", "/execute/sync", {"script": script, "args": arguments})

    def wait(self, script, *arguments, seconds=20):
        """Waits until a function body returns something true, and gives that."""
        end = time.monotonic() + seconds
        while True:
            found = self.run(script, *arguments)
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s in vain for: {script}")
            time.sleep(0.05)

    def element(self, css):
        found = self._in("POST", "/element", {"using": "css selector", "value": css})
        return next(iter(found.values()))

    def click(self, css):
        self._in("POST", f"/element/{self.element(css)}/click", {})

    def type(self, css, text):
        self._in("POST", f"/element/{self.element(css)}/value", {"text": text})

    def press(self, *keys):
        """Presses keys where the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._in("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def log(self, name):
        """What a log got since it was last asked for."""
        return self._in("POST", "/se/log", {"type": name})

    def screen(self, width, height, theme="light", phone=False):
        """Sets the size of the screen and the preferred theme."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=2 if phone else 1, mobile=phone)
        features = [{"name": "prefers-color-scheme", "value": theme}]
        self.devtools("Emulation.setEmulatedMedia", features=features)

    def scripts(self, enabled):
        """Switches the scripts of pages that are loaded from now on."""
        self.devtools("Emulation.setScriptExecutionDisabled", value=not enabled)

    def screenshot(self, path):
        """Saves what the screen shows."""
        shot = self.devtools("Page.captureScreenshot", format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))
