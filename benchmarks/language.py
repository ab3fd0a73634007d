"""The language check: mistakes by language; and the CPU that each check takes a row, beside bare py3langid.

    python benchmarks/language.py [--rows 2000]

Texts are the sentences of tests/quality/sentences.json: whole, in pieces of 8 to 12 words (18 to 24 characters where
words are not spaced), in pieces of 4 to 7 words (10 to 16 characters), two languages one after the other, and eight
sentences in a row as a response of about 150 tokens. Accuracy is the mean of `right kept` and `wrong refused`.

Rows are timed as the gate judges them: instructions, a passage, examples and a set of 100,000 benchmark texts in place.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from hf_synth.config import GenerationConfig
from hf_synth.protocols import Check
from hf_synth.quality import language
from hf_synth.quality._neighbours import Neighbours
from hf_synth.quality.contamination import Contamination, Grams
from hf_synth.registry.find import checks
from hf_synth.types import Candidate

SENTENCES: dict[str, list[str]] = json.loads(
    (Path(__file__).parent.parent / "tests" / "quality" / "sentences.json").read_text("utf-8")
)
UNSPACED = ("ja", "zh")
TASK = (
    "For a fine-tuning dataset, write what a user asks an assistant, one instruction per numbered line (difficulty; "
    "task; who asks; form), in order: self-contained, with every fact and figure it needs, not answered, at most 35 "
    "words. system_prompt: one short sentence, who the assistant is for all of them. No two share a scenario, opening "
    "words or names. Write in English.\nDomain: everyday life\nGuidance: Keep to what can be done at home."
)
ANSWER = "Answer in English, without preamble, complete within 563 words.\nGuidance: Keep to what can be done at home."
EXAMPLES = [
    {
        "instruction": f"Explain in two sentences how to {task} with {thing} when nobody is there to help.",
        "response": end,
    }
    for task in ("mend a bicycle tyre", "clean a coffee machine", "choose a winter coat", "plan a birthday")
    for thing, end in (
        ("little money", "Ask a neighbour for tools."),
        ("no time at all", "Begin with the small parts."),
    )
]


def pieces(code: str, words: Iterable[int], characters: Iterable[int]) -> list[str]:
    found: list[str] = []
    for sentence in SENTENCES[code]:
        parts = list(sentence) if code in UNSPACED else sentence.split()
        for size in characters if code in UNSPACED else words:
            found += [("" if code in UNSPACED else " ").join(parts[i : i + size]) for i in range(len(parts) - size + 1)]
    return found


def mistakes(kind: str, texts: dict[str, list[str]], *, prompt: bool = False) -> None:
    print(f"\n{kind:34}  right    kept |   wrong  refused | accuracy")
    for code, own in texts.items():
        others = [text for other in texts if other != code for text in texts[other]]
        kept = sum(language.foreign(text, code, prompt=prompt) is None for text in own) / len(own)
        refused = sum(language.foreign(text, code, prompt=prompt) is not None for text in others) / len(others)
        print(
            f"{code:34}{len(own):7}{kept:8.2%} |{len(others):8}{refused:9.2%} |{(kept + refused) / 2:9.2%}", flush=True
        )


def halves() -> None:
    """Two paragraphs: both in the language, the second in another one, and only a last sentence in another one."""

    def answer(code: str, sentences: list[str]) -> str:
        return ("" if code in UNSPACED else " ").join(sentences)

    def refused(text: str, code: str) -> bool:
        return (language.foreign(text, code) or language.foreign_end(text, code)) is not None

    own = mixed = last = 0
    pairs = [(one, other) for one in SENTENCES for other in SENTENCES if one != other]
    for one, other in pairs:
        first, second = SENTENCES[one], SENTENCES[other]
        own += refused(f"{answer(one, first[:8])}\n\n{answer(one, first[8:])}", one)
        mixed += refused(f"{answer(one, first[:8])}\n\n{answer(other, second[8:])}", one)
        last += refused(f"{answer(one, first)} {second[0]}", one)
    print(
        f"\nof {len(pairs)} answers refused: {mixed} half in another language, {own} all in one, "
        f"{last} with a last sentence in another"
    )


def microseconds(call: Callable[[Candidate], object], rows: list[Candidate]) -> float:
    started = time.process_time()
    for row in rows:
        call(row)
    return (time.process_time() - started) / len(rows) * 1e6


def benchmark_texts(rng: random.Random, count: int) -> Iterator[str]:
    lexicon = [f"{word}{n}" for word in " ".join(SENTENCES["en"]).lower().split() for n in range(20)]
    for _ in range(count):
        yield " ".join(rng.choices(lexicon, k=rng.randrange(8, 80)))


def made_rows(rng: random.Random, rows: int) -> list[Candidate]:
    passages = [" ".join(rng.choices(SENTENCES["en"], k=25)) for _ in range(1 + rows // 5)]
    return [
        Candidate(
            row={},
            key_text=f"{rng.choice(SENTENCES['en'])} {n}",
            responses=(" ".join(rng.sample(SENTENCES["en"], 8)),),
            passage=passages[n // 5].replace(" the ", " that very "),  # no run of 40 words is shared
            instructions=(TASK, ANSWER),
        )
        for n in range(rows)
    ]


def contenders(made: list[Candidate], config: GenerationConfig, looks: list[Check]) -> dict[str, Callable[..., object]]:
    def near() -> Callable[[Candidate], object]:
        index = Neighbours("drop", 0.7, ["train"])
        return lambda row: (index.find(row.key_text, "train"), index.add(row.key_text, "train"))

    def gate() -> Callable[[Candidate], object]:
        index = near()
        return lambda row: ([check(row, config) for check in looks], index(row))

    calls: dict[str, Callable[..., object]] = {
        check.name: lambda check=check: lambda row: check(row, config) for check in looks
    }
    return {**calls, "duplicate": near, "all, row by row": gate}


def costs(rows: int, repeats: int) -> None:
    rng = random.Random(0)
    config = GenerationConfig(
        schema="instruction_v1", domain="everyday life", models={"generator": "offline"}, examples=EXAMPLES
    )
    made = made_rows(rng, rows)
    grams = Grams.of(benchmark_texts(rng, 100_000))
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 as the check does

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def bare(row: Candidate) -> None:
        for text in (row.key_text, *row.responses):
            identifier.rank(text)

    calls = contenders(made, config, [*checks(), Contamination(grams)])
    for call in calls.values():
        microseconds(call(), made[:10])
    floor = min(microseconds(bare, made) for _ in range(repeats))
    best = {name: min(microseconds(call(), made) for _ in range(repeats)) for name, call in calls.items()}
    characters = sum(len(row.responses[0]) for row in made) / rows
    print(f"\nchecks on {rows:,} rows with a response of {characters:.0f} characters; best of {repeats};")
    print(f"{len(grams):,} grams of 100,000 texts; `all` takes what checks share once, each by itself takes it again")
    for name, cost in {"bare py3langid": floor, **best}.items():
        print(f"{name:16}{cost:8.1f} us a row{cost / floor:8.2f} x bare py3langid")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--costs", action="store_true", help="no mistakes, just costs")
    args = parser.parse_args()
    if not args.costs:
        mistakes("whole sentences", SENTENCES)
        mistakes("pieces of 8 to 12 words", {code: pieces(code, (8, 10, 12), (18, 21, 24)) for code in SENTENCES})
        short = {code: pieces(code, (4, 5, 6, 7), (10, 13, 16)) for code in SENTENCES}
        mistakes("pieces of 4 to 7 words, prompts", short, prompt=True)
        mistakes("the same as responses", short)
        halves()
    costs(args.rows, args.repeats)


if __name__ == "__main__":
    main()
