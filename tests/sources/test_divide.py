from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.sources._divide import divide, title_of

PROSE = "Compost needs air, water and time. Turn the heap every week, and keep it as damp as a wrung sponge. " * 2
LINES = st.sampled_from(
    [
        "",
        "   ",
        "# Soil",
        "## What worms do ##",
        "```python",
        "```",
        "---",
        "title: x",
        "| a | b |",
        "- item one.",
        "x" * 350,
        "土は生きている。" * 40,
        PROSE,
        "short",
        "A sentence. Another one! A third?",
        "tabs\tand\u00a0spaces",
        "🌱" * 90,
    ]
)
TEXTS = st.lists(LINES, max_size=25).map("\n".join)


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, st.integers(200, 500))
def test_no_passage_is_longer_than_wanted_or_empty(text, most):
    for passage in divide(text, most):
        assert 0 < len(passage) <= most
        assert passage == passage.strip()


@given(TEXTS, st.integers(200, 500))
def test_dividing_loses_no_word_and_keeps_their_order(text, most):
    text = f"{PROSE}\n\n{text}"  # long enough to have a passage, and nothing that looks like front matter
    assert squeezed("".join(divide(text, most))) == squeezed(text)


@given(st.text(), st.integers(200, 300))
def test_no_text_is_too_strange(text, most):
    for passage in divide(text, most):
        assert len(passage) <= most
        assert len(title_of(passage)) <= 80


@given(TEXTS, st.integers(200, 500))
def test_dividing_is_always_the_same_and_does_not_look_at_line_ends(text, most):
    assert [*divide(text, most)] == [*divide(text.replace("\n", "\r\n"), most)] == [*divide(text, most)]


@given(TEXTS, st.integers(200, 500))
def test_what_is_too_short_to_ask_about_is_no_passage(text, most):
    passages = [*divide(text, most)]
    least = 70 if len(passages) > 1 else 20  # a document that is one passage may hold a fact
    assert all(len(passage) >= least or len(passage.encode()) >= 160 for passage in passages)


def test_a_heading_begins_a_passage():
    text = f"# Soil\n\n{PROSE}\n\n## Worms\n\n{PROSE}"
    assert [passage.split("\n")[0] for passage in divide(text, 1600)] == ["# Soil", "## Worms"]


def test_short_sections_are_joined_rather_than_lost():
    text = "\n".join(f"## Question {n}\nYes, it is so." for n in range(40))
    made = [*divide(text, 400)]
    assert all(f"## Question {n}\n" in "\n".join(made) for n in range(40))
    assert all(len(passage) >= 80 for passage in made)


def test_a_tail_that_is_too_short_is_shared_with_what_stands_before_it():
    one, other = divide("word " * 39 + "end.\n\n" + "A short tail.", 200)
    assert other.endswith("A short tail.")
    assert min(len(one), len(other)) >= 70


def test_a_document_that_says_too_little_has_no_passage():
    assert [*divide("# Soil\n\nBrown.", 1600)] == []
    assert [*divide("The gate opens at six.", 1600)] == ["The gate opens at six."]
    assert [*divide("  \n\n ", 1600)] == []
    assert [*divide("", 1600)] == []


def test_a_script_that_says_more_in_fewer_characters_may_be_shorter():
    assert len([*divide("土は生きている。" * 8, 1600)]) == 1


@pytest.mark.parametrize("mark", ["```", "~~~", "````"])
def test_a_comment_in_a_block_of_code_is_no_heading(mark):
    code = f"{mark}sh\n# install it\n{'pip install compost ' * 10}\n{mark}"
    (passage,) = divide(f"{PROSE}\n\n{code}", 1600)
    assert title_of(code).startswith(mark)
    assert "# install it" in passage


def test_front_matter_is_left_out():
    text = f"---\ntitle: Soil\ntags: [a, b]\n---\n# Soil\n\n{PROSE}"
    assert next(divide(text, 1600)).startswith("# Soil\n")
    assert [*divide("---\ntitle: " + "x" * 200 + "\n---", 1600)] == []


def test_text_between_two_rules_is_no_front_matter():
    text = f"---\n{PROSE}\n\n---\n\nThe rest."
    assert PROSE.strip() in next(divide(text, 1600))
    assert "Note: " in next(divide(f"---\nNote: {PROSE}\n\n{PROSE}\n---\nThe rest.", 1600))


def test_a_long_table_is_cut_between_its_rows():
    rows = [f"| {n} | A cell. | with words |" for n in range(100)]
    made = [*divide("\n".join(rows), 300)]
    assert len(made) > 5
    assert [row for passage in made for row in passage.split("\n")] == rows


def test_lists_keep_their_lines():
    items = [f"- Item {n} ends here." for n in range(60)]
    assert [row for passage in divide("\n".join(items), 300) for row in passage.split("\n")] == items


def test_prose_is_cut_behind_a_sentence():
    for passage in divide(PROSE * 20, 300):
        assert passage.endswith((".", "sponge."))


def test_prose_without_spaces_is_cut_behind_a_sentence_and_gets_no_spaces():
    text = "土は生きている。" * 300
    made = [*divide(text, 250)]
    assert all(passage.endswith("。") for passage in made)
    assert "".join(made) == text


@pytest.mark.parametrize(
    "text",
    [
        " " * 10**6 + "x",
        "\n" * 10**6 + "x",
        "x" * 2 * 10**6,
        "# a" + " \t" * 10**6 + "b",
        "# a" + "#" * 10**6 + "b",
        "```\n" * 10**5,
        "---\na: b\n" + "x: y\n" * 10**5,
        ("\n" + " " * 50) * 10**4 + "x",
        "x." + "'" * 10**6,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_the_time_grows_no_faster_than_the_text(text):
    began = time.process_time()
    for passage in divide(text, 1600):
        title_of(passage)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("passage", "title"),
    [
        ("# Soil\n\nIt is brown.", "Soil"),
        ("## Learn C#\n\nIt is sharp.", "Learn C#"),
        ("### Soil ###\nIt is brown.", "Soil"),
        ("Of old:\n\n## Soil\n\nIt is brown.", "Soil"),
        ("#hashtag is none", "#hashtag is none"),
        ("It  is\nbrown.", "It is brown."),
        ("#  \n\nIt is brown.", "# It is brown."),
    ],
)
def test_a_passage_is_called_by_its_heading_or_its_beginning(passage, title):
    assert title_of(passage) == title


def test_a_long_title_is_cut_at_a_word_where_there_is_one():
    assert title_of("word " * 40) == "word " * 15 + "word…"
    assert title_of("土" * 200) == "土" * 79 + "…"
    assert len(title_of("a " + "土" * 200)) == 80


@given(TEXTS)
def test_a_title_is_one_line(text):
    assert not re.search(r"[\r\n]", title_of(text))
