"""The page in a real browser."""

from __future__ import annotations

import pytest

from hf_synth.reports import make

pytestmark = pytest.mark.browser

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
  const told = [];
  const texts = "body, p, li, h1, h2, th, td, caption, figcaption, dt, dd, a, summary, svg text";
  for (const element of document.querySelectorAll(texts)) {
    const style = getComputedStyle(element);
    const ink = luminance(parse(element.closest("svg") ? style.fill : style.color)), paper = luminance(ground(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    told.push([ratio, element.tagName, element.textContent.slice(0, 40)]);
  }
  return told;
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUTSIDE = """() => [...document.querySelectorAll("svg")].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter(text => {
    const own = text.getBoundingClientRect();
    return own.left < box.left - 2 || own.right > box.right + 2;
  }).map(text => text.textContent);
})"""


class Opened:
    """A page and what happened while it opened."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.said, self.requests = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


@pytest.fixture(scope="module", params=["instruction_v1", "preference_v1", "eval_v1"])
def saved(request, material, tmp_path_factory):
    return make(material(request.param)).save(tmp_path_factory.mktemp("pages") / f"{request.param}.html")


def test_it_opens_from_a_file_without_an_error_and_asks_for_nothing_else(browser, saved):
    with Opened(browser, saved) as opened:
        assert opened.page.title() == f"warehouse logistics: {saved.stem}, report"
        assert opened.said == []
        assert opened.requests == [saved.as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_ground_in_both_schemes(browser, saved, artefacts, scheme):
    with Opened(browser, saved, color_scheme=scheme, viewport={"width": 1280, "height": 900}) as opened:
        opened.page.screenshot(path=artefacts / f"report-{saved.stem}-{scheme}.png", full_page=True)
        told = opened.page.evaluate(CONTRAST)
        assert len(told) > 100
        assert [one for one in told if one[0] < 4.5] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(browser, saved, artefacts, width):
    with Opened(browser, saved, viewport={"width": width, "height": 844}) as opened:
        if width == 390:
            opened.page.screenshot(path=artefacts / f"report-{saved.stem}-phone.png", full_page=True)
        assert opened.page.evaluate(OVERFLOW) == 0
        assert opened.page.evaluate(OUTSIDE) == []


def test_a_script_in_a_topic_is_shown_as_text(browser, saved):
    with Opened(browser, saved) as opened:
        assert opened.page.get_by_text("<script>alert(1)</script> & $x^2$").count() >= 2  # table and plot
        assert opened.page.locator("script").count() == 0
        assert opened.said == []


def test_it_needs_no_script(browser, saved):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(saved.as_uri())
        summary = page.locator("summary").first
        summary.click()
        assert page.locator("details table").first.is_visible()


def test_every_plot_has_a_name_and_a_description(browser, saved):
    with Opened(browser, saved) as opened:
        drawings = opened.page.get_by_role("img").all()
        assert len(drawings) >= 4
        for drawing in drawings:
            assert len(drawing.get_attribute("aria-label")) > 20
            assert drawing.locator("title").first.text_content()


def test_ids_are_used_once(browser, saved):
    with Opened(browser, saved) as opened:
        ids = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
        assert len(ids) == len(set(ids))


def test_a_report_without_rows_and_records_opens_too(browser, material, tmp_path):
    path = make(material(rows=0, receipt=None, outline=None, dropped_slots={})).save(tmp_path / "empty.html")
    with Opened(browser, path) as opened:
        assert opened.said == []
        assert opened.page.get_by_text("are not known").count() == 1
