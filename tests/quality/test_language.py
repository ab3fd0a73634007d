from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from hf_synth.quality.language import CHECK, foreign, foreign_end
from quality.making import candidate, config

SENTENCES: dict[str, list[str]] = json.loads(Path(__file__).with_name("sentences.json").read_text("utf-8"))
UNSPACED = ("ja", "zh")


def pieces(language: str) -> Iterator[str]:
    """Every four to seven words of every sentence; in scripts without spaces every 10 to 16 characters."""
    for sentence in SENTENCES[language]:
        parts = list(sentence) if language in UNSPACED else sentence.split()
        for size in (10, 13, 16) if language in UNSPACED else (4, 5, 6, 7):
            for i in range(len(parts) - size + 1):
                yield ("" if language in UNSPACED else " ").join(parts[i : i + size])


@pytest.mark.parametrize("language", SENTENCES)
def test_sentences_in_the_language_asked_for_pass(language: str):
    assert [s for s in SENTENCES[language] if foreign(s, language)] == []


@pytest.mark.parametrize("language", SENTENCES)
def test_less_than_one_short_piece_in_a_hundred_is_refused_by_mistake(language: str):
    short = list(pieces(language))
    for prompt in (True, False):
        assert sum(foreign(piece, language, prompt=prompt) is not None for piece in short) < 0.01 * len(short)


@pytest.mark.parametrize("language", SENTENCES)
def test_at_least_97_of_100_prompts_of_four_to_seven_words_in_another_language_are_refused(language: str):
    short = [piece for other in SENTENCES if other != language for piece in pieces(other)]
    assert sum(foreign(piece, language, prompt=True) is not None for piece in short) >= 0.97 * len(short)


def test_a_short_answer_may_be_a_saying_of_another_language_and_a_prompt_may_not():
    saying = "Cien años de soledad"
    assert foreign(saying, "en") is None
    assert foreign(saying, "en", prompt=True) == "es"


def test_at_least_97_of_100_sentences_in_another_language_are_refused():
    refused = [bool(foreign(s, one)) for one, other in permutations(SENTENCES, 2) for s in SENTENCES[other]]
    assert sum(refused) >= 0.97 * len(refused)


def paragraph(language: str, sentences: list[str]) -> str:
    return ("" if language in UNSPACED else " ").join(sentences)


@pytest.mark.parametrize(("one", "other"), [*permutations(("en", "de", "es", "it", "pl", "ru", "ja", "zh"), 2)])
def test_an_answer_whose_second_half_is_in_another_language_is_refused(one: str, other: str):
    begins = paragraph(one, SENTENCES[one] if one in UNSPACED else SENTENCES[one][:8])
    mixed = f"{begins}\n\n{paragraph(other, SENTENCES[other][8:])}"
    assert "ends in" in str(CHECK(candidate(mixed, key_text="?"), config(language=one)))


@pytest.mark.parametrize("language", SENTENCES)
def test_an_answer_in_one_language_passes_to_its_end(language: str):
    sentences = SENTENCES[language]
    for cut in range(len(sentences)):
        text = paragraph(language, sentences[cut:] + sentences[:cut])
        assert foreign(text, language) is None
        assert foreign_end(text, language) is None


REFERENCES = (
    "Darwin, George Howard: The Tides and Kindred Phenomena in the Solar System. Houghton, Boston. Cartwright, David "
    "Edgar: Tides, A Scientific History. Cambridge University Press, Cambridge. Pugh, David: Changing Sea Levels, "
    "Effects of Tides, Weather and Climate. Cambridge University Press, Cambridge. Melchior, Paul: The Earth Tides."
)


@pytest.mark.parametrize(
    "end",
    [
        SENTENCES["en"][0],
        REFERENCES,
        "\n```python\n" + "print('the water of the oceans rises and falls twice a day')\n" * 9 + "```",
        f"„{paragraph('en', SENTENCES['en'][:6])}“",
    ],
)
@pytest.mark.parametrize("language", ["de", "fr", "pl", "ru"])
def test_a_sentence_references_code_and_quotations_at_the_end_pass(language: str, end: str):
    text = f"{paragraph(language, SENTENCES[language])}\n\n{end}"
    assert CHECK(candidate(text, key_text="?"), config(language=language)) is None


def test_a_prompt_that_may_ask_for_another_language_gets_an_end_in_it():
    mixed = f"{paragraph('en', SENTENCES['en'][:8])}\n\n{paragraph('es', SENTENCES['es'][8:])}"
    asked = "Explain the rules of a formal letter and give one in Spanish."
    assert CHECK(candidate(mixed, key_text=asked), config()) is None
    assert CHECK(candidate(mixed, key_text="Explain the rules of a formal letter."), config())


@pytest.mark.parametrize("language", SENTENCES)
def test_code_between_the_sentences_of_an_answer_does_not_count(language: str):
    code = "```python\n# compute the height of the water for every hour of the day\nprint(height(hour))\n```"
    text = f"\n\n{code}\n\n".join(SENTENCES[language][:6])
    assert CHECK(candidate(text, key_text="?"), config(language=language)) is None


def test_prompt_and_responses_are_looked_at_one_by_one():
    german, english = SENTENCES["de"], SENTENCES["en"]
    for_german = config(language="de")
    assert CHECK(candidate(german[0], key_text=german[1]), for_german) is None
    assert "prompt" in str(CHECK(candidate(german[0], key_text=english[1]), for_german))
    assert "response" in str(CHECK(candidate(german[0], english[2], key_text=german[1]), for_german))


def test_only_the_first_subtag_counts():
    assert CHECK(candidate(SENTENCES["pt"][0], key_text=SENTENCES["pt"][1]), config(language="pt-BR")) is None
    assert CHECK(candidate(SENTENCES["zh"][0], key_text=SENTENCES["zh"][1]), config(language="zh-Hant")) is None


CODE = "def tide(hours):\n    return [math.sin(hour) for hour in range(hours)]"


@pytest.mark.parametrize(
    "text",
    [
        f"So geht es:\n```python\n# compute the height of the water for every hour of the day\n{CODE}\n```",
        f"```\n{CODE}",
        CODE,
        "Siehe https://example.org/how-tides-work/and-why-they-come-twice-a-day.html",
        "Nutze `the quick brown fox jumps over the lazy dog` als Muster.",
        "Übersetze diesen Satz ins Englische: „The water rises twice a day because of the moon.“",
        r"Es gilt \frac{height}{time} und $the rate of change is constant here$ immer.",
        "OK",
        "New York City",
        "3.5, 4.5, 5.5 km/h",
        "",
    ],
)
def test_code_addresses_quotations_and_what_is_too_short_do_not_tell(text: str):
    assert foreign(text, "de") is None


def test_a_quotation_does_not_hide_a_foreign_text():
    assert foreign('"The water rises twice a day because of the moon."', "de") == "en"
    assert foreign('He said that "Wasser steigt" means that the water in the harbour rises again.', "de") == "en"


def test_a_long_text_that_ends_in_another_language_is_looked_at_where_it_begins():
    assert foreign(" ".join(SENTENCES["en"]) + " " + SENTENCES["de"][0], "de") == "en"


@pytest.mark.parametrize("language", ["tlh", "chr", "cop"])
def test_languages_that_the_classifier_does_not_know_pass(language: str):
    assert foreign(SENTENCES["en"][0], language) is None


@pytest.mark.parametrize(("language", "code"), [("nb", "no"), ("nn", "no"), ("fil", "tl"), ("hr", "sr"), ("ms", "id")])
def test_codes_of_one_language_are_taken_for_one_another(language: str, code: str):
    texts = {
        "no": "Pakken skulle komme på mandag, men sporingssiden har ikke endret seg siden da.",
        "tl": "Dapat dumating ang pakete noong Lunes pero hindi pa nagbabago ang pahina.",
        "sr": "Paket je trebao stići u ponedjeljak, ali se stranica od tada nije promijenila.",
        "id": "Paket itu seharusnya tiba hari Senin tetapi halaman pelacakan belum berubah.",
    }
    assert foreign(texts[code], language) is None
    assert foreign(SENTENCES["en"][0], language) == "en"


def test_the_checks_are_light_and_leaves_the_classifier_of_a_user_alone():
    program = """if True:
        import sys
        import importlib, pkgutil
        from hf_synth import quality
        for module in pkgutil.iter_modules(quality.__path__):
            if module.name != "_minhash":
                importlib.import_module(f"hf_synth.quality.{module.name}")
        assert not {"numpy", "py3langid", "rensa", "phonenumbers", "stdnum"} & set(sys.modules), "imported too early"
        from hf_synth.quality import language
        import py3langid.langid
        py3langid.langid.set_languages(["de", "fr"])
        assert language.foreign("The parcel was supposed to arrive on Monday.", "de") == "en"
        assert set(py3langid.langid.IDENTIFIER.labels) == {"de", "fr"}
    """
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
