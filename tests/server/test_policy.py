"""What a stranger may send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hf_synth.config import GenerationConfig
from hf_synth.server.policy import refuse_large, refuse_strange
from hf_synth.server.refusals import NotAllowed
from hf_synth.server.settings import ALLOWED, Settings
from serving import OFFLINE

OPENAI = {"provider": "openai", "model": "gpt-4o"}
PAIRS = {"schema": "preference_v1"}
PRICE = {"input": 1.0, "output": 2.0}


def models(role: str = "generator", **fields: Any) -> dict[str, Any]:
    both = {"generator": dict(OPENAI)} | {role: OPENAI | fields}
    return {**(PAIRS if role == "critic" else {}), "models": both}


STRANGE: list[tuple[str, str, dict[str, Any]]] = [
    *(
        (word, f"models.{role}.{word}", models(role, **{word: value}))
        for role in ("generator", "critic")
        for word, value in (
            ("base_url", "http://169.254.169.254/latest"),
            ("base_url", "http://127.0.0.1:1/v1"),
            ("api_key_env", "AWS_SECRET_ACCESS_KEY"),
            ("price", PRICE),
        )
    ),
    *(
        ("source", place, config)
        for text in (
            "notes",
            "/etc/passwd",
            "~/notes",
            "../x",
            "hf://datasets/a/b",
            "s3://b/k",
            "https://h/x.csv",
            "a/b",
        )
        for place, config in (
            ("source", {"source": text}),
            ("source", {"source": {"path": text}}),
            ("source", {"source": {"data_files": text}}),
            ("source", {"source": {"path": "json", "data_files": {"train": [text]}}}),
            ("quality.decontaminate", {"quality": {"decontaminate": text}}),
            ("quality.decontaminate", {"quality": {"decontaminate": [{"path": text}]}}),
        )
    ),
    ("push_to", "run.push_to", {"run": {"push_to": "somebody/rows"}}),
    ("replicas", "run.replicas", {"run": {"replicas": ["http://127.0.0.1:1/v1"]}}),
]


def checked(settings: Settings, **changes: Any) -> None:
    values = {**OFFLINE, **changes}
    refuse_large(values, settings)
    refuse_strange(GenerationConfig(**values), settings)


@pytest.mark.parametrize(
    ("word", "place", "changes"), STRANGE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_leads_elsewhere_is_refused_unless_its_own_word_allows_it(word, place, changes):
    others = tuple(name for name in ALLOWED if name != word)
    for allow in ((), others):
        with pytest.raises(NotAllowed, match=f"{place} .needs --allow {word}: "):
            checked(Settings(data=Path("x"), allow=allow), **changes)
    checked(Settings(data=Path("x"), allow=(word,)), **changes)


def test_all_of_what_is_not_allowed_is_named_at_once():
    with pytest.raises(NotAllowed) as caught:
        checked(Settings(data=Path("x")), **models(base_url="http://h/v1", api_key_env="K"), run={"push_to": "a/b"})
    assert all(place in str(caught.value) for place in ("base_url", "api_key_env", "run.push_to"))


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package, installed, that registers parts."""
    info = tmp_path / "others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "".join(f"[hf_synth.{kind}]\nothers = others:PART\n" for kind in ("schemas", "providers", "checks"))
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "others"},
        models(provider="others"),
        models("critic", provider="others"),
        {"models": {"generator": "others:m"}},
        {"quality": {"others": False}},
    ],
    ids=["schema", "generator", "critic", "short", "check"],
)
def test_parts_of_other_packages_are_refused_unless_plugins_are_allowed(changes):
    for allow in ((), tuple(name for name in ALLOWED if name != "plugins")):
        with pytest.raises(NotAllowed, match="needs --allow plugins"):
            checked(Settings(data=Path("x"), allow=allow), **changes)
    checked(Settings(data=Path("x"), allow=("plugins",)), **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"models": {}, "tier": "economy"},
        models(params={"temperature": 0.5, "seed": 3}),
        models("critic"),
        {"models": {"generator": "hf:some/model"}},
        {"outline": ["soil", "light"]},
        {"outline": {"topics": [f"topic {n}" for n in range(20_000)], "criteria": ["plants live"]}},
        {"examples": [{"instruction": "Why?", "response": "Because."}], "guidance": "Be brief. " * 2000},
        {"constraints": {"language": "de", "tone": "formal", "difficulty": "hard", "max_tokens": 4000}},
        {"quality": {"language": False, "pii": "flag", "min_margin": 2.0}},
        {"count": 1_000_000, "splits": {"train": 0.8, "validation": 0.1, "test": 0.1}},
        {"count": 1_000_000, "splits": {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}},
        {"count": 100, "splits": {f"part_{n}": 1 for n in range(100)}},
        {"run": {"max_cost": 1.0, "mode": "batch", "concurrency": 256, "timeout": 600.0, "poll_seconds": 5.0}},
        {"view": "trl", "license": "cc-by-4.0", "seed": 7},
    ],
)
def test_everything_else_may_be_sent(changes):
    checked(Settings(data=Path("x")), **changes)


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("count is 1,000,001", {"count": 1_000_001}),
        ("count is 1,000,000,000,000", {"count": 10**12, "splits": {"a": 0.123456789, "b": 0.876543211}}),
        ("splits has 101 names", {"count": 101, "splits": {f"part_{n}": 1 for n in range(101)}}),
        ("fractions of so many digits", {"count": 990_000, "splits": {"a": 0.333333, "b": 0.333333, "c": 0.333334}}),
        ("of a split is too long", {"splits": {"ж" * 51: 1.0}}),
        ("domain has 4,001 characters", {"domain": "x" * 4001}),
        ("models.critic.model has 201", models("critic", model="m" * 201)),
        ("constraints|tone has 201", {"constraints": {"tone": "x" * 201}}),
        ("A text in outline.audiences has 1,001", {"outline": {"audiences": ["x" * 1001]}}),
        ("in every prompt", {"guidance": "x" * (64 << 10)}),
        ("in every prompt", {"examples": [{"instruction": "ж" * (32 << 10)}]}),
        ("in every prompt", {"outline": {"criteria": ["x" * 999] * 66}}),
        ("run.concurrency is 257", {"run": {"concurrency": 257}}),
        ("run.timeout is 0.01", {"run": {"timeout": 0.01}}),
        ("run.timeout is 1e.09", {"run": {"timeout": 1e9}}),
        ("run.poll_seconds is 1e-06", {"run": {"poll_seconds": 1e-6}}),
        ("run.poll_seconds is 1e.09", {"run": {"poll_seconds": 1e9}}),
        ("run.max_candidates is 2,000,051", {"run": {"max_candidates": 2_000_051}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_too_much_of_something_is_refused_with_its_bound(said, changes):
    with pytest.raises(NotAllowed, match=said):
        checked(Settings(data=Path("x"), allow=tuple(ALLOWED)), **changes)


def test_the_operator_sets_the_bounds():
    settings = Settings(
        data=Path("x"),
        most_rows=5,
        most_splits=1,
        most_prompt=300,
        most_concurrency=4,
        timeouts=(1.0, 2.0),
        polls=(0.01, 1.0),
    )
    checked(settings, count=5, run={"concurrency": 4, "timeout": 1.5, "poll_seconds": 0.01})
    for changes in ({"count": 6}, {"splits": {"a": 3, "b": 2}}, {"guidance": "x" * 300}, {"run": {"concurrency": 5}}):
        with pytest.raises(NotAllowed):
            checked(settings, **{"count": 5, **changes})
