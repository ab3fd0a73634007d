"""The language check: mistakes by language; and the CPU that each check takes a row, beside bare py3langid.

    python benchmarks/language.py [--rows 2000]

Texts are the sentences of tests/quality/sentences.json: whole, in pieces of 4 to 7 words (10 to 16 characters
where words are not spaced), and eight in a row as a response of about 150 tokens.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from hf_synth.config import GenerationConfig
from hf_synth.quality import boilerplate, distinct, empty, language, length, refusal
from hf_synth.quality.duplicate import NearDuplicates
from hf_synth.types import Candidate

SENTENCES: dict[str, list[str]] = json.loads(
    (Path(__file__).parent.parent / "tests" / "quality" / "sentences.json").read_text("utf-8")
)


def pieces(code: str) -> list[str]:
    unspaced = code in ("ja", "zh")
    found: list[str] = []
    for sentence in SENTENCES[code]:
        parts = list(sentence) if unspaced else sentence.split()
        for size in (10, 13, 16) if unspaced else (4, 5, 6, 7):
            found += [("" if unspaced else " ").join(parts[i : i + size]) for i in range(len(parts) - size + 1)]
    return found


def mistakes() -> None:
    print("language  pieces  refused  sentences  refused | sentences of the others, refused")
    for code, own in SENTENCES.items():
        short = pieces(code)
        others = [sentence for other in SENTENCES if other != code for sentence in SENTENCES[other]]
        dropped = sum(language.foreign(text, code) is not None for text in short)
        wrong = sum(language.foreign(text, code) is not None for text in own)
        caught = sum(language.foreign(text, code) is not None for text in others)
        print(
            f"{code:8}{len(short):8}{dropped / len(short):9.2%}{len(own):11}{wrong / len(own):9.2%} |"
            f"{caught / len(others):9.2%} of {len(others)}"
        )


def microseconds(call: Callable[[Candidate], object], rows: list[Candidate]) -> float:
    started = time.process_time()
    for row in rows:
        call(row)
    return (time.process_time() - started) / len(rows) * 1e6


def costs(rows: int, repeats: int) -> None:
    rng = random.Random(0)
    config = GenerationConfig(schema="instruction_v1", domain="everyday life", models={"generator": "offline"})
    made = [
        Candidate(
            row={}, key_text=f"{rng.choice(SENTENCES['en'])} {n}", responses=(" ".join(rng.sample(SENTENCES["en"], 8)),)
        )
        for n in range(rows)
    ]
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 as the check does

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def bare(row: Candidate) -> None:
        for text in (row.key_text, *row.responses):
            identifier.rank(text)

    def near() -> Callable[[Candidate], object]:
        index = NearDuplicates(0.7)
        return lambda row: (index.find(row.key_text), index.add(row.key_text))

    calls: dict[str, Callable[[], Callable[[Candidate], object]]] = {
        check.name: lambda check=check: lambda row: check(row, config)
        for check in (m.CHECK for m in (boilerplate, distinct, empty, language, length, refusal))
    }
    calls["duplicate"] = near
    for call in calls.values():
        microseconds(call(), made[:10])
    floor = min(microseconds(bare, made) for _ in range(repeats))
    best = {name: min(microseconds(call(), made) for _ in range(repeats)) for name, call in calls.items()}
    characters = sum(len(row.responses[0]) for row in made) / rows
    print(f"\nchecks on {rows:,} rows with a response of {characters:.0f} characters; best of {repeats}")
    for name, cost in {"bare py3langid": floor, **best, "all checks": sum(best.values())}.items():
        print(f"{name:16}{cost:8.1f} us a row{cost / floor:8.2f} x bare py3langid")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    mistakes()
    costs(args.rows, args.repeats)


if __name__ == "__main__":
    main()
