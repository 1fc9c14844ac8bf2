#!/usr/bin/env python3
"""How long the report page of many secrets takes to open in headless Chromium.

    KEYDREDGE=target/release/keydredge python3 benches/page.py [SECRETS] [ROUNDS]      10,000 and 5 by default

Makes a repository with that many tokens over 200 commits, writes the page, and opens it in new processes of Chromium
($CHROMIUM, or `chromium`). Prints the processor time of the page's thread until it is loaded, the first paint and DOM
ready. Ends with 1 if the median of the processor time is 2 s or more, if the console says anything, or if the page asks for
anything beside itself. (First paint and DOM ready are wall time, which on a busy machine says little.)
"""

import json
import os
import random
import statistics
import string
import subprocess
import sys
import tempfile
import time

LIMIT = 2.0
COMMITS = 200


def repository(folder, secrets):
    """A bare repository with `secrets` tokens, drawn here."""
    draw = random.Random(7)
    letters = string.ascii_letters + string.digits
    lines = []
    for commit in range(COMMITS):
        time_of = 1_600_000_000 + commit * 86_400
        of = range(commit, secrets, COMMITS)
        text = "".join(f"SLACK_TOKEN_{at}=xox" + "b-%d-%d-%s\n" % (
            draw.randrange(10**11, 10**12), draw.randrange(10**12, 10**13), "".join(draw.choices(letters, k=24))) for at in of)
        lines.append(f"commit refs/heads/main\ncommitter A{commit % 20} <a{commit % 20}@example.org> {time_of} +0000\n"
                     f"data 1\n.\nM 100644 inline service{commit % 30}/deploy{commit}.env\ndata {len(text)}\n{text}\n")
    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], input="".join(lines), text=True, check=True)


class Chromium:
    """A browser of its own, spoken to over a pipe."""

    def __init__(self, folder):
        their_in, self.to = os.pipe()
        self.back, their_out = os.pipe()
        os.set_inheritable(their_in, True)
        os.set_inheritable(their_out, True)

        def ends():
            saved = os.dup(their_out)
            os.dup2(their_in, 3)
            os.dup2(saved, 4)

        self.process = subprocess.Popen(
            [os.environ.get("CHROMIUM", "chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"],
            preexec_fn=ends, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(their_in)
        os.close(their_out)
        self.rest, self.number, self.events = b"", 0, []

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.back, 1 << 20)
            if not more:
                raise EOFError("chromium ended")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                return answer.get("result", answer)
            self.events.append(answer)

    def close(self):
        try:
            self.ask("Browser.close")
        except (EOFError, OSError):
            pass
        self.process.wait()
        os.close(self.to)
        os.close(self.back)


def opened(page):
    """Processor seconds, first paint and DOM ready of the page in a new browser, and what was wrong."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Chromium(folder)
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network"):
            browser.ask(f"{domain}.enable", session)
        # What the thread took of a processor, not how long it waited for one.
        browser.ask("Performance.enable", session, timeDomain="threadTicks")
        before = metrics(browser, session)
        browser.ask("Page.navigate", session, url="file://" + os.path.realpath(page))
        until = time.monotonic() + 120
        while not any(event.get("method") == "Page.loadEventFired" for event in browser.events):
            if time.monotonic() > until:
                raise TimeoutError("the page does not load")
            browser.events.append(browser.receive())
        after = metrics(browser, session)
        script = ("JSON.stringify([performance.getEntriesByType('paint')[0]?.startTime ?? 0,"
                  "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,"
                  "document.querySelectorAll('li[id^=f-]').length])")
        # What is painted is known only after the first frame.
        time.sleep(0.5)
        value = browser.ask("Runtime.evaluate", session, expression=script)["result"]["value"]
        paint, ready, rows = json.loads(value)
        wrong = [event["method"] for event in browser.events
                 if event.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")]
        asked = [event["params"]["request"]["url"] for event in browser.events
                 if event.get("method") == "Network.requestWillBeSent"]
        wrong += [url for url in asked if not url.startswith("file://") and not url.startswith("data:")]
        browser.close()
        return after["TaskDuration"] - before["TaskDuration"], paint / 1000, ready / 1000, rows, wrong


def metrics(browser, session):
    return {one["name"]: one["value"] for one in browser.ask("Performance.getMetrics", session)["metrics"]}


def main():
    secrets = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as work:
        repository(f"{work}/made.git", secrets)
        page = f"{work}/page.html"
        command = [os.environ.get("KEYDREDGE", "keydredge"), "history", f"{work}/made.git", "--no-cache", "--exit-zero",
                   "-f", "html", "-o", page]
        subprocess.run(command, check=True)
        print(f"{os.path.getsize(page) / 1e6:.1f} MB of HTML")
        runs = [opened(page) for _ in range(rounds)]
        processor, paint, ready = ([run[at] for run in runs] for at in range(3))
        for what, values in (("processor", processor), ("first paint", paint), ("DOM ready", ready)):
            print(f"{what}: {min(values):.2f} to {max(values):.2f} s, median {statistics.median(values):.2f}")
        wrong = [one for run in runs for one in run[4]]
        rows = runs[0][3]
        print(f"{rows} secrets in the page; console and requests: {wrong or 'nothing'}")
        late = statistics.median(processor) >= LIMIT
        return int(late or bool(wrong) or rows != secrets)


if __name__ == "__main__":
    sys.exit(main())
