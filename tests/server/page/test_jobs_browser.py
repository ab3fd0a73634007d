"""The page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from generating import recipe, until
from server.page.conftest import Tab
from servers.model import Model
from servers.openai_server import FakeOpenAI, error
from serving import PREFIX, Site, ended, generate, look, settings_of, site

pytestmark = pytest.mark.browser

PRICE = {"price": {"input": 0.15, "output": 0.6}}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HEARD = """() => {
  window.heard = [];
  const said = document.getElementById("said");
  new MutationObserver(() => window.heard.push(said.textContent)).observe(said, {childList: true});
}"""
CONTRAST = """() => {
  const channel = value => value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const parse = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  return [...document.body.querySelectorAll("*")].filter(one => one.checkVisibility()).map(element => {
    const ink = luminance(parse(getComputedStyle(element).color)), paper = luminance(ground(element));
    return [(Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05), element.outerHTML.slice(0, 80)];
  });
}"""
FAULTS = """() => {
  const told = [];
  const named = one => one.getAttribute("aria-label") || one.getAttribute("aria-labelledby") || one.textContent.trim()
    || (one.labels && one.labels.length);
  for (const one of document.querySelectorAll("input:not([type=hidden]), select, button, a, progress, meter, nav"))
    if (!named(one)) told.push(`without a name: ${one.outerHTML}`);
  for (const one of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
    for (const id of (one.getAttribute("aria-labelledby") || one.getAttribute("aria-describedby")).split(" "))
      if (!document.getElementById(id)) told.push(`names nothing: ${id}`);
  const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
  if (new Set(ids).size !== ids.length) told.push(`ids twice: ${ids}`);
  if (document.querySelectorAll("h1").length !== 1) told.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) told.push("not one main");
  if (!document.documentElement.lang || !document.title) told.push("no language or title");
  for (const one of document.querySelectorAll("button, .button, input, select, summary")) {
    const box = one.getBoundingClientRect();
    if (one.type !== "hidden" && one.checkVisibility() && (box.height < 24 || box.width < 24))
      told.push(`too small: ${one.outerHTML}`);
  }
  if (document.querySelector("[style], style, script:not([src])")) told.push("styles or scripts in the page");
  return told;
}"""


def flawed() -> FakeOpenAI:
    """A model a third of whose answers are no good."""
    return FakeOpenAI(model=Model(flaws=0.3))


@pytest.fixture
def model():
    with flawed() as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with site(settings_of(tmp_path_factory.mktemp("looked-at"), allow=("base_url", "price"))) as one:
        yield one


def halfway(served: Site, model: FakeOpenAI, key: str, count: int = 40, **changes) -> str:
    """A job that has some rows, and waits for the model to go on."""
    model.allowed = len(model.requests) + 40
    client = served.client(key)
    job_id = generate(client, recipe(model, count=count, run={"concurrency": 4}, generator=PRICE, **changes))["job_id"]
    until(lambda: look(client, job_id)["statistics"]["rows_accepted"], "some rows")
    until(lambda: model.held, "the model holds")
    return job_id


def value_of(page) -> int:
    return int(page.locator("#live progress").get_attribute("value"))


def test_somebody_follows_a_job_takes_its_rows_and_leaves(browser, served, model):
    key = served.key()
    job_id = halfway(served, model, key, domain="<script>alert(1)</script> & gardens")
    with Tab(browser, served) as tab:
        page = tab.page
        tab.sign_in(key)
        page.get_by_role("link", name="<script>alert(1)</script> & gardens").click()
        page.locator(".status.running").wait_for()
        page.evaluate(HEARD)
        had = value_of(page)
        assert 0 < had < 40
        model.allowed += 25
        page.wait_for_function("had => document.querySelector('#live progress').value > had", arg=had)
        page.get_by_role("meter", name="Share of drops").first.wait_for()
        assert page.evaluate("window.heard") == []  # figures are not read out

        page.get_by_role("link", name="Browse rows").click()
        page.get_by_role("heading", name="Row 1", exact=True).wait_for()
        page.get_by_text("so far").wait_for()
        page.go_back()
        page.locator(".status.running").wait_for()
        page.evaluate(HEARD)
        model.allowed = float("inf")
        page.locator(".status.completed").wait_for()
        assert page.evaluate("window.heard") == ["The job is completed."]
        assert value_of(page) == 40
        assert page.get_by_role("button", name="Pause updates").count() == 0

        for name, kind in (("NDJSON", "ndjson"), ("CSV", "csv"), ("Parquet", "parquet")):
            with page.expect_download() as caught:
                page.get_by_role("link", name=f"{name} of train").click()
            answer = served.client(key).get(f"{PREFIX}/jobs/{job_id}/results?format={kind}&split=train")
            assert Path(caught.value.path()).read_bytes() == answer.content
        page.get_by_role("link", name="Report").click()
        page.get_by_text("Report on a dataset of schema instruction_v1").wait_for()
        page.go_back()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("API key").wait_for()
        page.go_back()
        page.get_by_label("API key").wait_for()
        assert [line for line in tab.said if "401" not in line] == []  # the way back is refused, which consoles tell
        assert tab.elsewhere == []


def test_a_job_is_cancelled_and_deleted_by_the_keyboard(browser, served, model):
    key = served.key()
    job_id = halfway(served, model, key, count=400)  # more than are made until the worker hears of it
    with Tab(browser, served) as tab:
        page = tab.page
        tab.sign_in(key)
        page.goto(f"/jobs/{job_id}")
        page.get_by_role("button", name="Cancel job").focus()
        page.keyboard.press("Enter")
        page.get_by_text("It stops as soon as the calls in flight have ended").wait_for()
        page.evaluate(HEARD)
        model.allowed = float("inf")
        page.locator(".status.cancelled").wait_for()
        assert page.evaluate("window.heard") == ["The job is cancelled."]
        assert ended(served.client(key), job_id)["status"] == "cancelled"
        page.get_by_role("link", name="NDJSON of train").wait_for()
        page.get_by_role("link", name="Delete …").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Delete it").focus()
        page.keyboard.press("Enter")
        page.get_by_text("No jobs yet.").wait_for()
        assert tab.said == []


def test_updates_can_be_paused_and_keep_the_focus(browser, served, model):
    key = served.key()
    job_id = halfway(served, model, key)
    with Tab(browser, served) as tab:
        page = tab.page
        tab.sign_in(key)
        page.goto(f"/jobs/{job_id}")
        page.locator("summary").click()
        pause = page.get_by_role("button", name="Pause updates")
        pause.click()
        had, asked = value_of(page), len(tab.requests)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as somebody comes back to the tab
        model.allowed += 25
        until(lambda: look(served.client(key), job_id)["statistics"]["rows_accepted"] > had, "more rows")
        assert (value_of(page), len(tab.requests)) == (had, asked)
        page.get_by_role("link", name="Browse rows").focus()
        pause.evaluate("button => button.click()")
        page.wait_for_function("had => document.querySelector('#live progress').value > had", arg=had)
        assert page.evaluate("document.activeElement.id") == "browse"
        assert page.locator("details").get_attribute("open") is not None
        model.allowed = float("inf")
        page.locator(".status.completed").wait_for()
        assert page.evaluate("document.activeElement.id") == "browse"
        assert tab.said == []


def test_without_scripts_a_refresh_tells_how_it_goes(browser, served, model):
    key = served.key()
    job_id = halfway(served, model, key)
    with Tab(browser, served, java_script_enabled=False) as tab:
        page = tab.page
        page.goto("/")
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"/jobs/{job_id}")
        page.locator(".status.running").wait_for()
        assert page.get_by_role("button", name="Pause updates").count() == 0
        model.allowed = float("inf")
        ended(served.client(key), job_id)
        page.get_by_role("link", name="Refresh").click()
        page.locator(".status.completed").wait_for()
        page.get_by_role("link", name="Browse rows").click()
        summary = page.locator("article summary").first
        summary.click()
        assert page.locator("article details .text").first.is_visible()


@pytest.fixture(scope="module")
def filled(served):
    """A key with jobs of every kind, and the paths of pages on them by name."""
    with flawed() as model:
        yield from fill(served, model)


def fill(served, model):
    key = served.key("the garden team")
    client = served.client(key)
    done = generate(
        client,
        recipe(model, count=24, splits={"train": 0.75, "test": 0.25}, domain="customer support", generator=PRICE),
    )
    long = f"A domain that somebody described at great length, and_with_one_word{'_that_does_not_end' * 4}"
    with FakeOpenAI(model=Model(rule=lambda *_: error(401, "Incorrect key", "invalid_api_key"))) as refusing:
        failed = generate(client, recipe(refusing, domain=long))["job_id"]
        for job_id in (done["job_id"], failed):
            ended(client, job_id)
    cancelled = generate(client, count=100_000)["job_id"]
    client.post(f"{PREFIX}/jobs/{cancelled}/cancel")
    ended(client, cancelled)
    running = halfway(served, model, key, domain="حدائق عامة")
    done = done["job_id"]
    yield key, {
        "jobs": "/", "done": f"/jobs/{done}", "rows": f"/jobs/{done}/rows", "failed": f"/jobs/{failed}",
        "running": f"/jobs/{running}", "delete": f"/jobs/{done}/delete", "missing": "/jobs/none",
    }  # fmt: skip
    model.allowed = float("inf")
    ended(client, running)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(browser, served, filled, artefacts, scheme):
    key, paths = filled
    with Tab(browser, served, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as tab:
        page = tab.page

        def check(name: str) -> None:
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert [one for one in page.evaluate(CONTRAST) if one[0] < 4.5] == [], name
            assert page.evaluate(FAULTS) == [], name
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = false)")
            for width in (1280, 390, 320):
                page.set_viewport_size({"width": width, "height": 844})
                assert page.evaluate(OVERFLOW) == 0, (name, width)
                if width != 320:
                    page.screenshot(path=artefacts / f"server-{name}-{scheme}-{width}.png", full_page=True)

        page.goto("/")
        check("sign-in")
        page.get_by_label("API key").fill("hfs_wrong")
        page.get_by_role("button", name="Sign in").click()
        check("refused")
        tab.sign_in(key)
        for name, path in paths.items():
            page.goto(path)
            check(name)
        assert tab.elsewhere == []
        assert [line for line in tab.said if "40" not in line] == []
