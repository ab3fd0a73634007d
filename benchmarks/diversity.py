"""Diversity of 1,000 instructions: made by hf_synth, beside the same model asked 1,000 times without a plan.

    python benchmarks/diversity.py                    # about a minute
    python benchmarks/diversity.py --heed 0 0.25 0.5  # how far the model lets a prompt move its favourites

The model is a stub behind a real OpenAI-shaped server, which is this script with `--port`. It models the one thing that
plans are made against: asked the same again, a language model gives its few favourite completions again, whatever its
temperature (mode collapse; Zhang et al. 2025, 2510.01171), and varies when its prompt does (Yu et al. 2023,
2306.15895).

- At every point of a sentence it chooses among the words of one vocabulary of its own, the same in both arms, by Zipf's
  law: the favourite comes in almost half of all cases. A seed varies what is drawn, never what is favoured.
- What is favoured depends on the words of the prompt that bear on that point: objects and troubles on the topic, the
  wish on the task, the form of the sentence on the style, its length on the difficulty. `--heed` says how far: at 1
  each prompt has favourites of its own, at 0 all have the same and only words of the prompt are repeated, as models
  do. Where a prompt says nothing about a point, all of it bears on it: the plain prompt is heeded just as much.
- It names whom it speaks of and what about as the prompt does; the plain prompt names the domain alone, so the model
  chooses a person of its own.
- Nothing is better for hf_synth than for the plain prompt: no idea of a list avoids what another one says, although
  models asked for several do so. Topics, tasks, people and forms come from the model, by the same law.

Both arms are measured on the same number of words by `hf_synth.reports`. What hf_synth refuses as near-duplicates it
replaces, as it does in use; `refused` tells how many. The figures are the stub's: the order of the arms carries over to
real models, the size of the difference does not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from random import Random
from typing import Any

from _run import measured, recipe, serving
from _texts import ADVICE, NAMES, NOUNS, TROUBLES, WISHES

from server import Service, serve

DOMAIN = "warehouse logistics"
PLAIN = f"Write an instruction that a user gives to an assistant, about {DOMAIN}."
ZIPF = 1.5
PEOPLE = (
    "a new worker, a shift leader, a site manager, a delivery driver, an accountant, a customer, a safety officer, "
    "a buyer, a technician, an apprentice, a planner, an owner of a small shop"
).split(", ")
ASPECTS = "upkeep, costs, safety, planning, staffing, insurance, noise, choice, theft, training, energy, rules".split(
    ", "
)
TASKS = "explain a step, compare options, write a plan, find a cause, sum up a case, give advice, check a list".split(
    ", "
)
FORMS = {
    "one short question": "How can {who} {wish} when it comes to {topic}?",
    "a case with figures": "The {noun} in {name} {trouble} {number} days ago. What can {who} do on {topic} to {wish}?",
    "a list of demands": "Write {number} points on {topic} for {who}, say how to {wish}, and mention the {noun}.",
    "a choice": "{who} has to choose between a new {noun} and {number} more people for {topic}: which helps to {wish}?",
    "a complaint": "Our {noun} {trouble} again, and {name} is waiting. Tell {who} how to {wish}, with {topic} in mind.",
    "a request for words": "Draft a note from {who} to {name} about {topic}: the {noun} {trouble}, and we must {wish}.",
    "a rule to explain": "Explain to {who} which rules on {topic} apply when the {noun} {trouble}, and how to {wish}.",
    "a review": "Look at what {who} planned for {topic} in {name}: {number} hours for the {noun}. Enough to {wish}?",
}
DETAILS = (
    "We have no money for it this year. The auditors come on Monday. Two colleagues are on leave. Half of the goods "
    "must stay cold. The old contract ends in spring. Nobody wrote down what was done before. The night shift sees it "
    "differently. A partner shares the yard with us. The roof is being repaired. Our insurer wants an answer."
).split(". ")
NUMBERS = [3, 12, 5, 40, 7, 150, 2, 25, 60, 9, 18, 300]
LENGTHS = [1, 0, 2]
PARTS = {"topics": 20, "task_types": 6, "audiences": 6, "styles": 6, "criteria": 3}
_LINE = re.compile(r"^\s*\d+\.\s*(.+)$", re.MULTILINE)
_TOPIC = re.compile(r"^Topic: *(.+)$", re.MULTILINE)


class Model:
    """Writes what the module's docstring says. `heed`: how far prompts move what is favoured, 0 to 1."""

    def __init__(self, heed: float) -> None:
        self._heed = heed

    def choose(self, lot: Random, options: Sequence[Any], cue: str) -> Any:
        """One of them, by Zipf's law over what is favoured always and what is favoured with that cue."""
        always, here = _ranked(options, ""), _ranked(options, cue)
        weights = [
            (1 + always[option]) ** -(ZIPF * (1 - self._heed)) * (1 + here[option]) ** -(ZIPF * self._heed)
            for option in options
        ]
        return lot.choices(options, weights)[0]

    def instruction(self, lot: Random, topic: str, given: Sequence[str], prompt: str) -> str:
        """A text. `given` are difficulty, task, person and form, as far as the prompt names them."""
        difficulty, task, person, form = (*given, "", "", "", "")[:4]
        who = person or self.choose(lot, PEOPLE, prompt)
        text = FORMS[self.choose(lot, list(FORMS), form or prompt)].format(
            who=who,
            topic=topic,
            noun=self.choose(lot, NOUNS, topic),
            trouble=self.choose(lot, TROUBLES, topic),
            wish=self.choose(lot, WISHES, task or prompt),
            name=self.choose(lot, NAMES, who),
            number=self.choose(lot, NUMBERS, task or prompt),
        )
        for _ in range(self.choose(lot, LENGTHS, difficulty or prompt)):
            text += f" {self.choose(lot, DETAILS, who + topic).rstrip('.')}."
        return text[0].upper() + text[1:]

    def outline(self, lot: Random, parts: Sequence[str], prompt: str) -> dict[str, list[str]]:
        """As many different ones of each part as were asked for; topics that the prompt names are left out."""
        own: dict[str, Sequence[str]] = {
            "topics": [f"{noun} {aspect}" for noun in NOUNS for aspect in ASPECTS],
            "task_types": TASKS,
            "audiences": PEOPLE,
            "styles": list(FORMS),
            "criteria": ADVICE,
        }
        return {part: list(self._different(lot, own[part], PARTS[part], prompt)) for part in parts}

    def _different(self, lot: Random, options: Sequence[str], number: int, prompt: str) -> Iterator[str]:
        left = [option for option in options if option not in prompt]
        for _ in range(min(number, len(left))):
            left.remove(said := self.choose(lot, left, prompt))
            yield said

    def answer(self, body: Mapping[str, Any], lot: Random) -> str:
        """What a request asks for, by the fields that it wants."""
        asked = (body.get("response_format") or {}).get("json_schema", {}).get("schema", {}).get("properties", {})
        user = body["messages"][-1]["content"]
        parts = [part for part in PARTS if part in asked]
        if parts:
            return json.dumps(self.outline(lot, parts, user))
        if "instructions" in asked:
            topic = found[1] if (found := _TOPIC.search(user)) else DOMAIN
            lines = [[part.strip() for part in line.split(";")] for line in _LINE.findall(user)]
            texts = [self.instruction(lot, topic, line, user) for line in lines]
            return json.dumps({"system_prompt": "You advise people who work in a warehouse.", "instructions": texts})
        if asked:  # a classifier: the first of what it may say
            return json.dumps({name: field["enum"][0] for name, field in asked.items()})
        if user == PLAIN:
            return self.instruction(lot, DOMAIN, (), user)
        return " ".join(lot.sample(ADVICE, 3))


def _ranked(options: Sequence[Any], cue: str) -> dict[Any, int]:
    ordered = sorted(options, key=lambda option: blake2b(f"{cue}\0{option}".encode(), digest_size=8).digest())
    return {option: rank for rank, option in enumerate(ordered)}


class Stub(Service):
    """The model behind the server of the other benchmarks."""

    def __init__(self, heed: float) -> None:
        super().__init__(0.0, 0.0, [0.0] * 4, 1, 0)
        self._model = Model(heed)

    def answer(self, body: bytes, fate: str) -> bytes:
        """The same request is always answered alike; one with another seed is not."""
        assert fate == "answered"
        text = self._model.answer(json.loads(body), Random(blake2b(body).digest()))
        usage = {"prompt_tokens": len(body) // 4, "completion_tokens": len(text) // 4, "total_tokens": 0}
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1790000000, "model": "benchmark-model"}
        return json.dumps({**head, "choices": [choice], "usage": usage}).encode()


def plain(url: str, rows: int) -> list[str]:
    """The same prompt, so many times, each with another seed."""
    texts: list[str] = []
    for seed in range(rows):
        body = {"model": "benchmark-model", "seed": seed, "messages": [{"role": "user", "content": PLAIN}]}
        request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())  # noqa: S310 ours
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            texts.append(json.load(answer)["choices"][0]["message"]["content"])
    return texts


def work(task: Mapping[str, Any]) -> dict[str, Any]:
    """Both arms, in the measured process."""
    from datasets import load_dataset  # noqa: PLC0415

    import hf_synth  # noqa: PLC0415
    from hf_synth.reports.diversity import diversity  # noqa: PLC0415
    from hf_synth.reports.sample import WORDS, take  # noqa: PLC0415

    config = recipe(task["url"], task["rows"], domain=DOMAIN)
    made: Any = load_dataset("hf_synth", config, split="train")
    receipt = hf_synth.receipt(made)
    arms = {"hf_synth": list(made["instruction"]), "plain": plain(task["url"], task["rows"])}
    words = min(WORDS, *(take(texts, WORDS).size for texts in arms.values()))
    told = {arm: diversity(texts, words) for arm, texts in arms.items()}
    names = ("distinct_1", "distinct_2", "distinct_3", "compression_ratio", "self_repetition", "self_bleu")
    return {
        "words": words,
        "refused": receipt.dropped,
        "different": {arm: len(set(texts)) for arm, texts in arms.items()},
        "figures": {arm: [getattr(one, name) for name in names] for arm, one in told.items()},
        "samples": {arm: texts[:3] for arm, texts in arms.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--heed", type=float, nargs="+", default=[0.0, 0.25, 0.5, 0.75])
    parser.add_argument("--port", type=int, help="be the server")
    parser.add_argument("--task", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.port is not None:
        asyncio.run(serve(Stub(args.heed[0]), args.port))
    elif args.task:
        print(json.dumps(work(args.task)))
    else:
        compare(args.rows, args.heed)


def compare(rows: int, heeds: Sequence[float]) -> None:
    head = ("heed", "", "distinct-1", "distinct-2", "distinct-3", "compression", "repetition", "self-BLEU", "different")
    worse = False
    for number, heed in enumerate(heeds):
        with serving("diversity.py", port=0, heed=heed) as url:
            told = measured(__file__, {"url": url, "rows": rows})
        if not number:
            for arm, texts in told["samples"].items():
                print(f"{arm}:", *texts, sep="\n  ")
            print(f"\n{rows} instructions each, figures of {told['words']} words\n")
            print(f"{head[0]:>5} {head[1]:<9}" + "".join(f"{name:>12}" for name in head[2:]))
        for arm, figures in told["figures"].items():
            print(f"{heed:>5} {arm:<9}" + "".join(f"{value:>12.3f}" for value in figures), end="")
            print(f"{told['different'][arm]:>12}" + (f"  refused {told['refused']}" if arm == "hf_synth" else ""))
        ours, theirs = told["figures"]["hf_synth"], told["figures"]["plain"]
        worse |= ours[1] <= theirs[1] or ours[3] >= theirs[3]
    print("\nhf_synth is better in distinct-2 and compression ratio" + (", but not in all lines" if worse else ""))
    sys.exit(worse)


if __name__ == "__main__":
    main()
