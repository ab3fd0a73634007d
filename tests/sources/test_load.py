from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.errors import ConfigError
from hf_synth.registry import resolve
from hf_synth.sources import content_digest, passages_of, texts_of
from hf_synth.sources.load import forget
from sources.texts import config, long, written


def all_of(made):
    return made.block(0, 10**6)


def test_a_config_without_a_source_has_no_passages():
    assert passages_of(config()) is None
    assert content_digest(config()) == (None, None)


def test_passages_are_named_by_file_and_part_and_called_by_their_heading(tmp_path):
    written(tmp_path, "soil.md", f"# Soil\n\n{long('a')}\n\n## Worms\n\n{long('b')}")
    written(tmp_path, "sub/light.txt", long("Light"))
    made = {one.id: one.title for one in all_of(passages_of(config(path=str(tmp_path))))}
    assert made == {
        "soil.md#0": "Soil",
        "soil.md#1": "Worms",
        "sub/light.txt#0": long("Light")[:79].rsplit(" ", 1)[0] + "…",
    }


def test_rows_are_divided_and_those_without_text_are_passed_over(tmp_path):
    path = written(tmp_path, "rows.jsonl", [{"text": long("a") * 5}, {"text": None}, {"text": ""}, {"text": long("b")}])
    made = all_of(passages_of(config(path=path, passage_characters=300)))
    assert sorted(one.id for one in made) == ["row 0#0", "row 0#1", "row 0#2", "row 3#0"]


def test_short_turns_of_a_conversation_are_one_passage(tmp_path):
    turns = [{"role": "user", "content": f"Why is soil number {n} brown?"} for n in range(6)]
    path = written(tmp_path, "rows.jsonl", [{"messages": turns}])
    (one,) = all_of(passages_of(config(path=path, column="messages")))
    assert one.text.split("\n\n") == [turn["content"] for turn in turns]


def test_a_passage_that_stands_in_a_source_twice_is_dealt_once(tmp_path):
    for name in ("a.md", "b.md", "c.md"):
        written(tmp_path, name, f"# {name}\n\n{long(name)}\n\n# Footer\n\n{long('footer')}")
    made = all_of(passages_of(config(path=str(tmp_path))))
    assert len({one.text for one in made}) == len(made) == 4


def test_a_source_without_text_is_refused(tmp_path):
    written(tmp_path, "a.md", "too short")
    with pytest.raises(ConfigError, match="source: there is no text in it, or none of at least 20 characters"):
        passages_of(config(path=str(tmp_path)))


def test_fewer_passages_than_splits_are_refused_because_splits_would_share_them(tmp_path):
    written(tmp_path, "a.md", long("a"))
    with pytest.raises(ConfigError, match=r"1 passages in it for 2 splits.* Lower source\.passage_characters"):
        passages_of(config(path=str(tmp_path), splits={"train": 0.9, "test": 0.1}))


class TestDigest:
    def test_depends_on_texts_and_not_on_names_or_places(self, tmp_path):
        written(tmp_path, "one/a.md", long("a"))
        written(tmp_path, "one/b.md", long("b"))
        shutil.copytree(tmp_path / "one", tmp_path / "other")
        (tmp_path / "other/b.md").rename(tmp_path / "other/z.txt")
        rows = written(tmp_path, "rows.jsonl", [{"text": long("a")}, {"text": long("b")}])
        forms = [config(path=str(tmp_path / "one")), config(path=str(tmp_path / "other")), config(path=rows)]
        assert len({content_digest(form) for form in forms}) == 1
        assert len({resolve(form, {}).identities for form in forms}) == 1

    def test_no_path_gets_into_an_identity(self, tmp_path):
        written(tmp_path, "private/a.md", long("a"))
        made = resolve(config(path=str(tmp_path / "private"), quality={"decontaminate": str(tmp_path / "private")}), {})
        assert "private" not in str(made.identity)
        assert "private" not in all_of(passages_of(made.config))[0].id

    def test_the_order_of_texts_counts(self, tmp_path):
        paths = [written(tmp_path, name, long(name)) for name in ("a.md", "b.md")]
        one, other = config(data_files=paths), config(data_files=paths[::-1])
        assert content_digest(one) != content_digest(other)

    def test_other_texts_are_another_source_even_where_files_look_the_same(self, tmp_path):
        digests = set()
        for name in "abcdefghij":  # as fast as can be, all of one length
            path = written(tmp_path, "a.md", long(name))
            digests.add(content_digest(config(path=path)))
        assert len(digests) == 10

    def test_another_way_of_dividing_is_another_source(self, tmp_path):
        path = written(tmp_path, "a.md", long("a") * 9)
        assert content_digest(config(path=path)) != content_digest(config(path=path, passage_characters=200))

    def test_texts_that_are_kept_out_count_for_themselves(self, tmp_path):
        path = written(tmp_path, "a.jsonl", [{"q": "x", "a": "y"}])
        other = written(tmp_path, "b.jsonl", [{"q": "x", "a": "z"}])
        one, two = (content_digest(config(quality={"decontaminate": name})) for name in (path, other))
        assert one[0] is None is two[0]
        assert one[1] != two[1]

    def test_it_is_the_same_whether_it_is_remembered_or_not(self, tmp_path):
        made = config(path=written(tmp_path, "a.md", long("a")))
        first = content_digest(made)
        forget()
        assert content_digest(made) == first


def test_all_texts_of_rows_are_kept_out(tmp_path):
    made = config(
        quality={
            "decontaminate": [written(tmp_path, "a.jsonl", [{"q": "x", "a": "y"}]), written(tmp_path, "b.md", "z")]
        }
    )
    assert [*texts_of(made.quality.decontaminate)] == ["x", "y", "z"]


def test_what_cannot_be_read_is_told_with_its_place():
    with pytest.raises(ConfigError, match=r"^Config: quality\.decontaminate: there is no file or folder './nowhere'"):
        content_digest(config(quality={"decontaminate": "./nowhere"}))


def test_a_source_of_today_is_not_taken_for_that_of_yesterday(tmp_path):
    path = Path(written(tmp_path, "a.md", long("a")))
    made = config(path=str(path))
    assert all_of(passages_of(made))[0].text == long("a")
    path.write_text(long("b"))
    assert all_of(passages_of(made))[0].text == long("b")


@settings(max_examples=20)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), min_size=1, max_size=6))
def test_passages_are_the_same_however_often_they_are_read(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("source")
    for number, text in enumerate([*texts, long("last")]):
        written(folder, f"{number}.txt", text)
    made = config(path=str(folder))
    first = all_of(passages_of(made))
    forget()
    assert all_of(passages_of(made)) == first
    assert all(one.text and one.title for one in first)
