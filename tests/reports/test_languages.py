from __future__ import annotations

from hf_synth.reports.languages import languages
from hf_synth.reports.material import Material, RowFacts

ENGLISH = "Why does the belt stop every morning when the first shift begins to load the vans?"
GERMAN = "Warum bleibt das Band jeden Morgen stehen, wenn die erste Schicht die Wagen belädt?"


def told(*texts: tuple[str, str], language: str = "en"):
    rows = [RowFacts("train", prompt, (response,)) for prompt, response in texts]
    return languages(Material("instruction_v1", "x", language, rows, None))


def test_rows_in_another_language_are_counted_by_language():
    found = told((ENGLISH, ENGLISH), (ENGLISH, GERMAN), (GERMAN, GERMAN), (ENGLISH, "42"))
    assert (found.rows, found.share, found.others) == (4, 0.5, {"de": 2})


def test_a_regional_code_means_its_language():
    assert told((GERMAN, GERMAN), language="de-AT").share == 1


def test_the_share_of_no_rows_is_not_known():
    assert told().share is None


def test_a_sample_of_2000_rows_stands_for_many():
    found = told(*[(f"{ENGLISH} {number}", "") for number in range(2500)])
    assert (found.rows, found.share) == (2000, 1)


def test_lone_surrogates_do_no_harm():
    assert told((ENGLISH + "\ud800", ENGLISH)).share == 1
