"""What a person would see on the pages in a folder; screenshots go to another."""

import json
import re
import sys
import time
from pathlib import Path

from browser import Browser
from contrast import FAINT

FOLDER, SHOTS = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
# The aim is one second; machines that share their cores get a multiple of it.
LOADED, FILTERED = 5.0, 1.5
SLASH, DOWN, ENTER = "/", "\ue015", "\ue007"


def check(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, and not {wanted!r}")


def check_that(holds, what):
    if not holds:
        raise AssertionError(what)


def load(browser, name, fragment=""):
    """Opens a page; no script of it may fail and nothing may be asked for. Seconds it took."""
    address = (FOLDER / name).as_uri()
    browser.open(address + fragment)
    mark = browser.wait("return performance.getEntriesByName('interactive')[0]?.startTime")
    quiet(browser, name)
    asked = [json.loads(entry["message"])["message"] for entry in browser.log("performance")]
    asked = [it["params"]["request"]["url"] for it in asked if it["method"] == "Network.requestWillBeSent"]
    check([it for it in asked if it != "about:blank"], [address.split("#")[0]], f"{name}: requests")
    check(browser.run("return performance.getEntriesByType('resource').length"), 0, f"{name}: resources")
    return mark / 1000


def quiet(browser, name):
    check([entry["message"] for entry in browser.log("browser")], [], f"{name}: the console")


def shown(browser):
    """People and actions that the table says it has."""
    text = browser.run("return document.getElementById('matches').textContent")
    people, actions = re.match(r"(\d+)", text), re.search(r"(\d+) actions?", text)
    return int(people[1]), int(actions[1]) if actions else 0


def set_filters(browser, **filters):
    """Sets these filters and no other, as a person would; seconds until the table shows it."""
    took = browser.run("""
        const form = document.getElementById('filters');
        for (const field of ['q', 'vendor', 'do', 'state', 'cause', 'sort']) {
          if (form.elements[field]) form.elements[field].value = arguments[0][field] ?? '';
        }
        const start = performance.now();
        form.dispatchEvent(new Event('input', { bubbles: true }));
        return new Promise((done) => requestAnimationFrame(() => setTimeout(
          () => done(performance.now() - start))));""", filters)
    return took / 1000


def actions_of(plan):
    lists = [("planned", plan["actions"]), ("held", plan["held"]), ("manual", plan["manual"])]
    return [(state, action) for state, actions in lists for action in actions]


def counts_agree(browser, plan):
    """Every filter shows as many people and actions as the plan document has."""
    every = actions_of(plan)
    slowest = 0.0

    def agree(filters, keep):
        nonlocal slowest
        slowest = max(slowest, set_filters(browser, **filters))
        kept = [action for state, action in every if keep(state, action)]
        check(shown(browser)[1], len(kept), f"actions with {filters}")
        if filters.keys() & {"do", "state"}:
            people = {action["email"].lower() for action in kept}
            check(shown(browser)[0], len(people), f"people with {filters}")

    for vendor in plan["vendors"]:
        agree({"vendor": vendor}, lambda state, it, vendor=vendor: it["vendor"] == vendor)
    for kind in ["create", "update", "deactivate", "reactivate", "delete"]:
        agree({"do": kind}, lambda state, it, kind=kind: it["action"] == kind)
        agree({"do": kind, "state": "planned"},
              lambda state, it, kind=kind: it["action"] == kind and state == "planned")
    agree({"do": "removal"}, lambda state, it: it["action"] in ("deactivate", "delete"))
    for word in ["planned", "held", "manual"]:
        agree({"state": word}, lambda state, it, word=word: state == word)
    first = plan["actions"][0]["email"]
    agree({"q": first.upper(), "state": "planned"},
          lambda state, it: state == "planned" and first.lower() in json.dumps(it).lower())
    agree({"q": "group europe"},
          lambda state, it: all(word in json.dumps({**it, "state": state}).lower() for word in ("group", "europe")))
    agree({"q": "no such word"}, lambda state, it: False)
    agree({}, lambda state, it: True)
    return slowest


def opens(browser, plan):
    """A person opens to every vendor's action, with both sides of each change."""
    update = next(it for it in plan["actions"] if it["action"] == "update"
                  and any(isinstance(change["before"], str) for change in it["changes"]))
    change = next(it for it in update["changes"] if isinstance(it["before"], str))
    set_filters(browser, q=update["email"])
    browser.run("document.getElementById('people').scrollIntoView()")
    browser.click("#list .person button")
    detail = browser.run("return document.querySelector('#list .detail').innerText")
    for text in [change["attribute"], change["before"], change["after"], update["reason"]]:
        check_that(text in detail, f"{text!r} is not in what opens: {detail}")
    for _, other in actions_of(plan):
        if other["email"] == update["email"]:
            check_that(other["vendor"] in detail, f"{other['vendor']} is not in what opens")
    lists = [it for it in update["changes"] if isinstance(it["before"], list)]
    for gone in [item for it in lists for item in it["before"] if item not in it["after"]]:
        marked = browser.run("return [...document.querySelectorAll('.detail del')].map((it) => it.textContent)")
        check_that(gone in marked, f"{gone!r} goes and is not marked: {marked}")
    address = browser.run("return location.hash")
    check_that("open=" in address and "q=" in address, f"the address forgets the view: {address}")
    return address


def small(browser):
    plan = json.loads((FOLDER / "small.json").read_text())
    for theme in ["light", "dark"]:
        browser.screen(1280, 1400, theme)
        load(browser, "small.html")
        readable(browser, f"small, {theme}")
        browser.screenshot(SHOTS / f"small-{theme}.png")
    counts_agree(browser, plan)
    address = opens(browser, plan)
    readable(browser, "an open person")
    browser.screenshot(SHOTS / "small-open.png")
    load(browser, "small.html", address)
    check(shown(browser)[0], 1, "people behind a link")
    browser.wait("return document.querySelector('#list .detail') !== null "
                 "|| (document.getElementById('people').scrollIntoView(), false)")
    links(browser, plan)
    keyboard(browser, plan)
    head(browser, plan)
    browser.screen(390, 844, "light", phone=True)
    load(browser, "small.html")
    fits(browser, "small on a phone")
    browser.screenshot(SHOTS / "small-phone.png")
    browser.run("document.getElementById('people').scrollIntoView()")
    browser.wait("return document.querySelector('#list .person button') !== null")
    browser.click("#list .person button")
    fits(browser, "an open person on a phone")
    browser.screenshot(SHOTS / "small-phone-open.png")


def links(browser, plan):
    """A number in the chart leads to its actions."""
    load(browser, "small.html")
    browser.click('#vendors .chip.k-deactivate')
    browser.wait("return document.getElementById('do').value === 'deactivate'")
    vendor = browser.run("return document.getElementById('vendor').value")
    wanted = [it for it in plan["actions"] if it["vendor"] == vendor and it["action"] == "deactivate"]
    check(shown(browser)[1], len(wanted), f"deactivations at {vendor} by the chart's link")
    browser.click("#clear")
    browser.wait("return location.hash === '' || location.hash === '#'")
    check(shown(browser)[1], len(actions_of(plan)), "actions after Clear")


def keyboard(browser, plan):
    """The table works without a pointer."""
    load(browser, "small.html")
    browser.press(SLASH)
    check(browser.run("return document.activeElement.id"), "q", "the focus after /")
    browser.type("#q", plan["actions"][0]["email"][:4])
    browser.wait("return location.hash.includes('q=')")
    browser.press(DOWN)
    browser.wait("return document.activeElement.closest('.person') !== null")
    browser.press(ENTER)
    browser.wait("return document.activeElement.getAttribute('aria-expanded') === 'true'")
    check_that(browser.run("return document.querySelector('#list .detail') !== null"), "Enter opens nobody")


def head(browser, plan):
    """Digest and theme."""
    load(browser, "small.html")
    browser.click("#copy")
    check(browser.run("return getSelection().toString()"), plan["digest"], "the selected digest")
    ground = "return getComputedStyle(document.body).backgroundColor"
    before = browser.run(ground)
    browser.click("#theme")
    check_that(browser.run(ground) != before, "the theme does not change")


def readable(browser, what):
    """Every text has the contrast that WCAG AA asks for."""
    faint = browser.run(FAINT)
    check(faint, [], f"{what}: texts that are too faint")


def fits(browser, what):
    wide = browser.run("return document.documentElement.scrollWidth - innerWidth")
    check_that(wide <= 0, f"{what}: {wide} pixels too wide")


def big(browser, name, count, limit):
    plan = json.loads((FOLDER / f"{name}.json").read_text())
    browser.screen(1280, 900, "light")
    took = load(browser, f"{name}.html")
    check(shown(browser)[1], count, "actions of the big plan")
    slowest = counts_agree(browser, plan)
    print(f"  {count} actions: ready after {took:.2f} s, the slowest filter took {slowest:.2f} s")
    check_that(took < limit, f"{count} actions take {took:.1f} s to load")
    check_that(slowest < limit * FILTERED / LOADED, f"a filter takes {slowest:.1f} s")
    browser.screenshot(SHOTS / f"{name}.png")
    last = browser.run("""
        scrollTo(0, document.body.scrollHeight);
        return new Promise((done) => setTimeout(() => done(
          [...document.querySelectorAll('#list .person button')].pop()?.textContent), 500))""")
    check_that(last is not None, "nobody at the end of the list")
    rows = browser.run("return document.querySelectorAll('#list tr').length")
    check_that(rows < 200, f"{rows} rows exist at once")
    browser.screenshot(SHOTS / f"{name}-end.png")
    opens(browser, plan)
    set_filters(browser, **{"do": "administrator"})
    browser.run("document.getElementById('people').scrollIntoView()")
    time.sleep(0.2)
    browser.screenshot(SHOTS / f"{name}-filtered.png")


def hostile(browser):
    load(browser, "hostile.html")
    browser.run("document.getElementById('people').scrollIntoView()")
    browser.wait("return document.querySelector('#list .person button') !== null")
    browser.click("#list .person button")
    check(browser.run("return document.title"), "Plan for 2026-01-05", "the title")
    check(browser.run("return document.querySelectorAll('img, iframe, object, link, base').length"), 0,
          "elements that a text made")
    check(browser.run("return document.querySelectorAll('script, style').length"), 5, "scripts and styles")
    text = browser.run("return document.body.innerText")
    check_that("<img src=x onerror=" in text, "the text is not shown as it is")
    check_that("\u202e" not in text, "a text turns the line round")
    fits(browser, "hostile")
    quiet(browser, "hostile.html")
    browser.screenshot(SHOTS / "hostile.png")
    # The policy holds even if a text became markup: what is put in by force does nothing.
    ran = browser.run("""
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        const image = document.createElement('img');
        image.src = 'http://127.0.0.1:9/beacon';
        document.body.append(script, image);
        return window.ran ?? false""")
    check(ran, False, "a script that was put in")
    said = ""
    end = time.monotonic() + 20
    while not ("script-src" in said and "img-src" in said):
        check_that(time.monotonic() < end, f"the policy did not speak up: {said}")
        time.sleep(0.05)
        said += "\n".join(entry["message"] for entry in browser.log("browser"))


def report(browser):
    for name in ["apply", "report"]:
        browser.screen(1280, 1400, "dark")
        load(browser, f"{name}.html")
        readable(browser, name)
        browser.screenshot(SHOTS / f"{name}.png")
    outcomes = browser.run("return JSON.parse(document.getElementById('outcomes').textContent)")
    for word in ["applied", "failed", "unverified", "skipped"]:
        set_filters(browser, state=word)
        wanted = sum(it["outcome"] == word for it in outcomes)
        check_that(wanted > 0, f"the sample has nothing {word}")
        check(shown(browser)[1], wanted, f"actions that are {word}")
    text = browser.run("return document.getElementById('open').innerText")
    check_that("Access still open" in text, "open access is not named")


def without_scripts(browser):
    browser.scripts(False)
    browser.screen(1280, 1400, "light")
    try:
        browser.open((FOLDER / "small.html").as_uri())
        text = browser.devtools("Runtime.evaluate", expression="document.body.innerText")["result"]["value"]
        plan = json.loads((FOLDER / "small.json").read_text())
        check_that("needs JavaScript" in text, "nothing says that the table needs a script")
        for removal in plan["actions"]:
            if removal["action"] in ("deactivate", "delete"):
                check_that(removal["email"] in text, f"{removal['email']} is missing without a script")
        browser.screenshot(SHOTS / "without-scripts.png")
        browser.open((FOLDER / "big.html").as_uri())
        inside = "document.body.textContent.split('</script>')[0]"
        text = browser.devtools("Runtime.evaluate", expression=inside)["result"]["value"]
        check_that("person1000@example.com" in text, "a removal is missing without a script")
    finally:
        browser.scripts(True)


def empty(browser):
    browser.screen(1280, 800, "light")
    load(browser, "empty.html")
    text = browser.run("return document.body.innerText")
    check_that("No changes. Every managed account is as the roster says." in text, text)
    check(browser.run("return document.getElementById('people')"), None, "the table of nobody")
    browser.screenshot(SHOTS / "empty.png")


def printing(browser):
    """Paper has no screen to scroll: everybody is there, up to a thousand."""
    load(browser, "report.html")
    rows = "return document.querySelectorAll('#list .person').length"
    people = shown(browser)[0]
    browser.run("dispatchEvent(new Event('beforeprint'))")
    check(browser.run(rows), people, "printed people")
    browser.run("dispatchEvent(new Event('afterprint'))")


def main():
    started = time.monotonic()
    with Browser() as browser:
        print(f"Chromium {browser.version}")
        jobs = {
            "small": small, "report": report, "hostile": hostile, "empty": empty, "printing": printing,
            "without scripts": without_scripts,
            "20000 actions": lambda it: big(it, "big", 20_000, LOADED),
            "50000 actions": lambda it: big(it, "huge", 50_000, 2.5 * LOADED),
        }
        for name, job in jobs.items():
            print(name)
            job(browser)
    print(f"all well after {time.monotonic() - started:.0f} s")


main()
