"""Material to report on, and a real Chromium to look at pages with."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hf_synth.engine.audit import Agreement, CriticAudit
from hf_synth.engine.receipt import Line, Receipt
from hf_synth.reports import Material, RowFacts

HOSTILE = "<script>alert(1)</script> & $x^2$"
TOPICS = (HOSTILE, *(f"{what} of the {noun}" for noun in ("dock", "van", "cold room", "shelf") for what in
          ("upkeep", "cost", "safety", "planning", "staffing", "renting", "insurance")))  # fmt: skip
TASKS = ("explain", "compare", "plan", "troubleshoot", "summarise", "advise")
AUDIENCES = ("a beginner", "an experienced practitioner", "a decision maker")
STYLES = ("one short, direct question", "a request with the background that matters")
WORDS = """why does the pallet stop at this gate and who should move it when a driver waits in front of our dock with
    fresh fish that spoils within hours unless somebody signs for it before the shift ends""".split()


def written(lot: random.Random, least: int, most: int) -> str:
    return " ".join(lot.choices(WORDS, k=lot.randint(least, most))).capitalize() + "."


def row(lot: random.Random, number: int, schema: str) -> RowFacts:
    slot = (("easy", "medium", "hard")[number % 3], lot.choice(TASKS), lot.choice(AUDIENCES), lot.choice(STYLES))
    topic = TOPICS[min(int(lot.expovariate(0.15)), len(TOPICS) - 2)]
    responses = (written(lot, 40, 120), written(lot, 20, 100))
    more: dict[str, Any] = {}
    if schema == "instruction_v1":
        responses = responses[:1]
    if schema == "eval_v1":
        responses = (lot.choice("ABBCD"),)
        more = {"metrics": ("multiple_choice", "exact_match"), "solved": (lot.randint(0, 8), 8)}
    flags = {"length": "long"} if number % 37 == 0 else {}
    return RowFacts(
        "test" if number % 10 == 0 else "train", written(lot, 8, 35), responses, topic, slot, flags=flags, **more
    )


def receipt(rows: int, schema: str) -> Receipt:
    critic = CriticAudit(
        pairs=1500, flips=220, ties=90, inconsistent=40, unread=3, clear=1147, unequal=1100, longer_wins=700,
        verdicts=2900, first_wins=1600, chosen=[0, 0, 0, 0, 5, 40, 150, 400, 350, 55],
        rejected=[0, 5, 40, 160, 300, 300, 150, 40, 5, 0], margins=[0, 300, 350, 200, 100, 40, 10, 0, 0, 0],
        margin_sum=2500.0,
    )  # fmt: skip
    said = {"easy": {"easy": 60, "medium": 8}, "medium": {"easy": 10, "medium": 50}, "hard": {"medium": 22, "hard": 41}}
    return Receipt(
        rows=rows,
        accepted=rows,
        judged=rows + 223,
        dropped={"refusal": 40, "duplicate": 131, "language": 12, "length": 40},
        calls=[Line("generator", "gpt-4o-mini", 1200, usd=0.4), Line("critic", "claude-haiku-4-5", 3000, usd=1.2)],
        usd=1.6,
        critic=critic if schema == "preference_v1" else None,
        classified=Agreement({"difficulty": said}),
        remarks=["generator: answered by two versions."],
    )


@pytest.fixture(scope="session")
def material() -> Callable[..., Material]:
    """Makes material with something to tell in every section."""

    def make(schema: str = "instruction_v1", rows: int = 300, **changes: Any) -> Material:
        lot = random.Random(7)
        values: dict[str, Any] = {
            "schema": schema,
            "domain": "warehouse logistics",
            "language": "en",
            "rows": [row(lot, number, schema) for number in range(rows)],
            "receipt": receipt(rows, schema),
            "outline": {"topics": TOPICS, "task_types": TASKS, "audiences": AUDIENCES, "styles": STYLES},
            "dropped_slots": {"duplicate": {"easy": 100, "hard": 31}},
            **changes,
        }
        return Material(**values)

    return make


@pytest.fixture(scope="module")  # no wider: its loop runs in this thread, where other tests run loops of their own
def browser() -> Iterator[Any]:
    """A headless Chromium; `make .venv/browser` installs one where it may."""
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    if binary is None:
        message = "no chromium or google-chrome in PATH; `make .venv/browser` installs one as root on Debian"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=binary, args=as_root)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """A folder that is kept, for people to look into."""
    folder = Path(__file__).parent.parent / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder
