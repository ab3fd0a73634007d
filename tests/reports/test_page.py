from __future__ import annotations

import re
from html.parser import HTMLParser

from hf_synth.reports import make
from hf_synth.reports.page import page


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_it_refers_to_nothing_outside_itself(material):
    text = page(make(material("preference_v1")).facts)
    tags = Tags()
    tags.feed(text)
    links = [
        value
        for _, attributes in tags.found
        for name in ("href", "src", "xlink:href")
        if (value := attributes.get(name))
    ]
    assert links
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"(?:https?:)?//[\w.]|@import|url\((?!#)", text)
    assert not {"script", "link", "iframe", "img"} & {tag for tag, _ in tags.found}


def test_it_forbids_scripts_and_requests(material):
    text = page(make(material()).facts)
    assert "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"" in text
    assert '<html lang="en">' in text
    assert '<meta charset="utf-8">' in text


def test_plots_take_their_colours_from_the_page(material):
    drawings = re.findall(r"<svg.*?</svg>", page(make(material("eval_v1")).facts), re.DOTALL)
    assert len(drawings) == 6
    for drawing in drawings:
        assert "var(--text)" in drawing
        assert not re.search(r"#[0-9a-f]{6}\b", drawing)


def test_all_numbers_of_plots_are_in_tables_too(material):
    report = make(material("preference_v1"))
    text = page(report.facts)
    assert text.count("<table>") > 10
    for title in (
        "Rows by topic",
        "Rows by difficulty and task type",
        "Delivered pairs by score",
        "Texts of chosen by length",
    ):
        assert f"<caption>{title}</caption>" in text


def test_more_topics_than_fit_are_added_up(material):
    topics = [f"topic {number:04}" for number in range(500)]
    text = page(make(material(outline={"topics": topics})).facts)
    assert re.search(r"\d+ others</th>", text)
    assert "topic 0300" not in text
