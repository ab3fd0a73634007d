"""Near-duplicates: recall, false hits, rows a second, memory; beside plain rensa (MinHash, no check, no rules).

    python benchmarks/duplicates.py --rows 100000

Texts are made of pseudo-words with Zipf frequencies under shared openings. One row in 20 repeats an earlier one
with a few ordinary words changed (near, or not any more), another one in 20 with a number changed (never near).
Each index runs in a process of its own; compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hf_synth.quality.duplicate import NearDuplicates

OPENINGS = (
    "write a short letter in which",
    "explain to a new colleague how",
    "a customer wants to know whether",
    "summarise the following report about",
    "compare the ways in which",
)
NUMBER_WORDS = {"five", "nove", "sete", "dodici", "dieci"}  # that syllables happen to make: changed, they are no twin


class Rensa:
    """What the rules are measured against: any text that shares a band is a hit."""

    def __init__(self, similarity: float) -> None:
        import rensa  # noqa: PLC0415 as the index does

        untyped: Any = rensa
        self.hash = untyped.RMinHash
        self.index = untyped.RMinHashLSH(threshold=similarity, num_perm=128, num_bands=32)
        self.rows = 0
        self.last = ("", self.hash(num_perm=128, seed=1))

    def find(self, text: str) -> int | None:
        sketch = self.hash(num_perm=128, seed=1)
        sketch.update([text[i : i + 5] for i in range(len(text) - 4)])
        self.last = text, sketch
        return min(self.index.query(sketch), default=None)

    def add(self, text: str) -> None:
        assert self.last[0] == text
        self.index.insert(self.rows, self.last[1])
        self.rows += 1


INDEXES = {"rensa": Rensa, "hf_synth": NearDuplicates}


def words(rng: random.Random, count: int) -> list[str]:
    syllables = [c + v for c in "bcdfglmnprstvw" for v in ("a", "e", "i", "o", "u", "an", "er", "ing")]
    made = ("".join(rng.choices(syllables, k=rng.choice((1, 2, 2, 3, 4)))) for _ in range(count))
    return [word for word in made if word not in NUMBER_WORDS]


def corpus(rows: int, length: int, seed: int) -> Iterator[tuple[str, str, int | None]]:
    """Kind (`new`, `near`, `number`), text, and the row it was made from."""
    rng = random.Random(seed)
    lexicon = words(rng, 20_000)
    weights = [1 / (n + 3) for n in range(len(lexicon))]
    kept: list[tuple[int, list[str]]] = []
    for row in range(rows):
        kind = rng.choices(("new", "near", "number"), (18, 1, 1))[0] if len(kept) > 100 else "new"
        source = None
        if kind == "new":
            text = rng.choice(OPENINGS).split() + rng.choices(lexicon, weights, k=length - 6)
            text.insert(rng.randrange(6, length - 1), str(rng.randrange(10, 100_000)))
            if rng.random() < 0.05 or len(kept) < 1000:
                kept.append((row, text))
        else:
            source, text = rng.choice(kept)
            text = list(text)
            at = next(i for i, word in enumerate(text) if word.isdigit())
            if kind == "number":
                text[at] = str(rng.randrange(10, 10_000_000))
            else:
                for i in rng.sample([i for i in range(length) if i != at], rng.choice((1, 1, 2, 2, 3, 3, 4, 5))):
                    text[i] = rng.choice(lexicon)
        yield kind, " ".join(text).capitalize() + ".", source


def jaccard(one: str, other: str) -> float:
    a, b = ({text.lower()[i : i + 5] for i in range(len(text) - 5)} for text in (one, other))
    return len(a & b) / len(a | b)


def resident() -> float:
    """Megabytes of this process. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def measure(name: str, rows: int, length: int, similarity: float, seed: int) -> None:
    made = list(corpus(rows, length, seed))
    index = INDEXES[name](similarity)
    index.find("warm up: the libraries are imported at the first use")
    before, found, started = resident(), [], time.process_time()
    for _, text, _ in made:
        found.append(index.find(text))
        index.add(text)
    seconds, grown = time.process_time() - started, resident() - before
    planted = hit = false = number = numbers = 0
    for (kind, text, source), twin in zip(made, found, strict=True):
        near = source is not None and kind == "near" and jaccard(text, made[source][1]) >= similarity
        planted += near
        hit += near and twin is not None
        numbers += kind == "number"
        number += kind == "number" and twin is not None
        false += kind != "number" and not near and twin is not None and jaccard(text, made[twin][1]) < similarity
    print(
        f"{name:10}{rows / seconds:12,.0f}{grown / rows * 1000:14.2f}{hit / planted:10.4f}{planted:9,}"
        f"{false / rows:13.4%}{number / max(1, numbers):17.4%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--words", type=int, default=40)
    parser.add_argument("--similarity", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=INDEXES)
    args = parser.parse_args()
    if args.only:
        measure(args.only, args.rows, args.words, args.similarity, args.seed)
        return
    print("index           rows/s  MB/1000 rows    recall  planted   false hits   number changed", flush=True)
    for name in INDEXES:
        subprocess.run([sys.executable, *sys.argv, "--only", name], check=True)  # noqa: S603 ourselves


if __name__ == "__main__":
    main()
