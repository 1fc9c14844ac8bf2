#!/usr/bin/env python3
"""How long the report page of many secrets takes to open in headless Chromium, and whether everybody can read it.

    KEYDREDGE=target/release/keydredge python3 benches/page.py [SECRETS] [ROUNDS]      10,000 and 5 by default
    python3 benches/page.py --page FILE.html --axe node_modules/axe-core/axe.min.js --shots FOLDER

Makes a repository with that many tokens over 200 commits, writes the page (or takes the one of --page), and opens it in new
processes of Chromium ($CHROMIUM, or `chromium`). Prints the processor time of the page's thread until it is loaded, the first
paint and DOM ready. Then it opens it with scripts off, and, at three widths in light and dark, looks whether it is wider than
the window, asks axe-core (of npm, with --axe) and takes screenshots (with --shots). Ends with 1 if the median of the processor
time is 2 s or more, if the console says anything, if the page asks for anything beside itself, if a row is missing without
scripts, if it is too wide, or if axe finds something serious or critical. (First paint and DOM ready are wall time, which on a
busy machine says little.)
"""

import argparse
import base64
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
ROWS = "li[id^=f-]"
WIDTHS = (360, 820, 1440)


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


def attached(browser, domains):
    """A session with a new tab in which these domains report."""
    target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
    session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in domains:
        browser.ask(f"{domain}.enable", session)
    return session


def navigate(browser, session, page):
    """Opens the page, and returns when it is loaded."""
    browser.events.clear()
    browser.ask("Page.navigate", session, url="file://" + os.path.realpath(page))
    until = time.monotonic() + 300
    while not any(event.get("method") == "Page.loadEventFired" for event in browser.events):
        if time.monotonic() > until:
            raise TimeoutError("the page does not load")
        browser.events.append(browser.receive())


def evaluate(browser, session, expression, **more):
    answer = browser.ask("Runtime.evaluate", session, expression=expression, returnByValue=True, **more)
    if "exceptionDetails" in answer:
        raise RuntimeError(answer["exceptionDetails"])
    return answer["result"].get("value")


def opened(page):
    """Processor seconds, first paint and DOM ready of the page in a new browser, and what was wrong."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Chromium(folder)
        session = attached(browser, ("Page", "Log", "Runtime", "Network"))
        # What the thread took of a processor, not how long it waited for one.
        browser.ask("Performance.enable", session, timeDomain="threadTicks")
        before = metrics(browser, session)
        navigate(browser, session, page)
        after = metrics(browser, session)
        script = ("[performance.getEntriesByType('paint')[0]?.startTime ?? 0,"
                  "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,"
                  f"document.querySelectorAll('{ROWS}').length]")
        # What is painted is known only after the first frame.
        time.sleep(0.5)
        paint, ready, rows = evaluate(browser, session, script)
        wrong = [event["method"] for event in browser.events
                 if event.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")]
        asked = [event["params"]["request"]["url"] for event in browser.events
                 if event.get("method") == "Network.requestWillBeSent"]
        wrong += [url for url in asked if not url.startswith("file://") and not url.startswith("data:")]
        browser.close()
        return after["TaskDuration"] - before["TaskDuration"], paint / 1000, ready / 1000, rows, wrong


def without_scripts(page):
    """How many secrets the page shows with scripts off."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Chromium(folder)
        session = attached(browser, ("Page", "DOM"))
        browser.ask("Emulation.setScriptExecutionDisabled", session, value=True)
        navigate(browser, session, page)
        root = browser.ask("DOM.getDocument", session, depth=0)["root"]["nodeId"]
        rows = len(browser.ask("DOM.querySelectorAll", session, nodeId=root, selector=ROWS)["nodeIds"])
        browser.close()
        return rows


def looked_at(page, axe, shots):
    """What is wrong with the page at each width, in light and dark."""
    wrong = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Chromium(folder)
        session = attached(browser, ("Page", "Runtime"))
        # For axe alone, which the page's policy would not let in.
        browser.ask("Page.setBypassCSP", session, enabled=True)
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                name = f"{os.path.basename(page)}-{width}-{scheme}"
                browser.ask("Emulation.setDeviceMetricsOverride", session, width=width, height=1000,
                            deviceScaleFactor=1, mobile=width < 600)
                browser.ask("Emulation.setEmulatedMedia", session,
                            features=[{"name": "prefers-color-scheme", "value": scheme}])
                navigate(browser, session, page)
                wide = evaluate(browser, session, "document.documentElement.scrollWidth")
                if wide > width:
                    wrong.append(f"{name}: {wide} px wide")
                if shots:
                    for at, top in enumerate((0, 1000, 2000)):
                        evaluate(browser, session, f"scrollTo(0, {top})")
                        time.sleep(0.3)
                        image = browser.ask("Page.captureScreenshot", session, format="png")["data"]
                        with open(os.path.join(shots, f"{name}-{at}.png"), "wb") as out:
                            out.write(base64.b64decode(image))
                if axe:
                    with open(axe, encoding="utf-8") as script:
                        evaluate(browser, session, script.read() + ";0")
                    found = evaluate(browser, session, "axe.run().then(found => found.violations.map("
                                     "one => [one.impact, one.id, one.nodes.length, one.nodes[0].html.slice(0, 120)]))",
                                     awaitPromise=True)
                    print(f"{name}: axe finds {found or 'nothing'}", flush=True)
                    wrong += [f"{name}: {one}" for one in found if one[0] in ("serious", "critical")]
        browser.close()
    return wrong


def metrics(browser, session):
    return {one["name"]: one["value"] for one in browser.ask("Performance.getMetrics", session)["metrics"]}


def made(work, secrets):
    """The page of a repository with so many secrets."""
    repository(f"{work}/made.git", secrets)
    page = f"{work}/made.html"
    command = [os.environ.get("KEYDREDGE", "keydredge"), "history", f"{work}/made.git", "--no-cache", "--exit-zero",
               "-f", "html", "-o", page]
    subprocess.run(command, check=True)
    return page


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("secrets", nargs="?", type=int, default=10_000)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--page")
    parser.add_argument("--axe")
    parser.add_argument("--shots")
    flags = parser.parse_args()
    if flags.shots:
        os.makedirs(flags.shots, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        page = flags.page or made(work, flags.secrets)
        print(f"{os.path.getsize(page) / 1e6:.1f} MB of HTML")
        runs = [opened(page) for _ in range(flags.rounds)]
        processor, paint, ready = ([run[at] for run in runs] for at in range(3))
        for what, values in (("processor", processor), ("first paint", paint), ("DOM ready", ready)):
            print(f"{what}: {min(values):.2f} to {max(values):.2f} s, median {statistics.median(values):.2f}")
        wrong = [one for run in runs for one in run[4]]
        rows = runs[0][3]
        print(f"{rows} secrets in the page; console and requests: {wrong or 'nothing'}", flush=True)
        if statistics.median(processor) >= LIMIT:
            wrong.append("slow")
        if not flags.page and rows != flags.secrets:
            wrong.append(f"{rows} of {flags.secrets} secrets")
        silent = without_scripts(page)
        print(f"{silent} secrets with scripts off", flush=True)
        if silent != rows:
            wrong.append(f"{silent} of {rows} secrets with scripts off")
        wrong += looked_at(page, flags.axe, flags.shots)
        for one in wrong:
            print(f"WRONG: {one}", file=sys.stderr)
        return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
