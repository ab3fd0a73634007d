from __future__ import annotations

from typing import Any

from huggingface_hub import DatasetCard as _Card
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.hub.merge import merged

DatasetCard: Any = _Card
"""The type of its data tells no fields."""
OURS: dict[str, Any] = {
    "language": ["en"],
    "license": "other",
    "license_name": "not-stated",
    "tags": ["synthetic", "sft"],
}


def put(card: str | None, body: str = "Told.", name: str = "a", **how: Any) -> str:
    return merged(card, name, body, how.get("fields", OURS), how.get("before", {}), how.get("others", []))


def test_a_card_is_begun_where_there_is_none():
    made = DatasetCard(put(None))
    assert made.data.to_dict() == OURS
    assert "<!-- hf_synth:begin a -->\nTold.\n<!-- hf_synth:end a -->" in made.text


def test_a_card_without_a_header_keeps_its_words():
    made = DatasetCard(put("# Mine\n\nWords.\n"))
    assert made.text.lstrip().startswith("# Mine\n\nWords.")
    assert made.data.language == ["en"]


def test_our_part_is_replaced_where_it_stands():
    first = put("# Mine\n") + "\nAfterwards.\n"
    second = put(first, "Told anew.", before=OURS)
    assert "Told anew." in second
    assert "Told.\n" not in second
    assert second.index("# Mine") < second.index("Told anew.") < second.index("Afterwards.")


def test_parts_of_other_configs_stay():
    both = put(put(None, "One.", "a"), "Two.", "b", others=[OURS])
    assert "One." in both
    assert "Two." in both
    assert "One!" in put(both, "One!", "a", before=OURS)
    assert "Two." in put(both, "One!", "a", before=OURS)


def test_what_somebody_changed_is_kept_and_what_nobody_did_follows_us():
    card = DatasetCard(put(None, fields={**OURS, "pretty_name": "Old"}))
    card.data.license = "mit"
    before = {**OURS, "pretty_name": "Old"}
    now = DatasetCard(put(str(card), fields={**OURS, "pretty_name": "New", "tags": ["synthetic"]}, before=before))
    assert now.data.license == "mit"
    assert now.data.pretty_name == "New"
    assert now.data.tags == ["synthetic"]


def test_a_value_of_a_list_stays_while_another_config_calls_for_it():
    card = put(put(None, name="a"), name="b", others=[OURS])
    now = DatasetCard(put(card, name="a", fields={**OURS, "tags": ["dpo"]}, before=OURS, others=[OURS]))
    assert now.data.tags == ["synthetic", "sft", "dpo"]


def test_a_licence_that_others_gave_is_not_half_replaced():
    card = "---\nlicense: other\nlicense_name: mine\nlicense_link: LICENSE\n---\n"
    now = DatasetCard(put(card)).data.to_dict()
    assert (now["license"], now["license_name"], now["license_link"]) == ("other", "mine", "LICENSE")


def test_what_datasets_wrote_stays():
    card = "---\nconfigs:\n- config_name: a\n  data_files: x\ndataset_info:\n  config_name: a\n---\n"
    now = DatasetCard(put(card)).data.to_dict()
    assert now["configs"] == [{"config_name": "a", "data_files": "x"}]
    assert now["dataset_info"] == {"config_name": "a"}


def test_lines_end_as_those_of_the_card():
    made = put("---\r\nlanguage: en\r\n---\r\n# Mine\r\n", "One.\nTwo.")
    assert "One.\r\nTwo." in made


def test_a_mark_whose_end_was_deleted_swallows_nothing():
    broken = put(None).replace("<!-- hf_synth:end a -->", "") + "\nMine.\n"
    made = put(broken, "Anew.", before=OURS)
    assert "Mine." in made
    assert "Mine." in put(made, "Again.", before=OURS)
    assert "Again." in put(made, "Again.", before=OURS)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80), st.text(max_size=0) | st.just("# Mine\n"))
def test_putting_the_same_again_changes_nothing(body, card):
    once = put(card or None, body)
    assert put(once, body, before=OURS) == once
