"""What a stranger may send: whatever would make this server call, read or push somewhere is the operator's to allow.

And how much of it: a body is small, but what it asks for may take long to understand, or take from other jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from hf_synth.config import GenerationConfig
from hf_synth.config.names import built_in
from hf_synth.config.outline import PARTS
from hf_synth.config.splits import weights
from hf_synth.server.refusals import NotAllowed
from hf_synth.server.settings import ALLOWED, Settings

_LONGEST = {"domain": 4000, "license": 200, "tone": 200, "difficulty": 200, "language": 100, "model": 200}
"""Characters. The domain and the difficulty stand in every row; names of models are kept while the server runs."""
_LONGEST_NAME = 1000  # characters of a topic, an audience …
_LONGEST_SPLIT = 100  # bytes: files are named after it
_MOST_DEALT = 300_000  # rows that are dealt one at a time, times splits: a quarter of a second


def refuse_large(values: Mapping[str, Any], settings: Settings) -> None:
    """Refuse what would take long to check, before it is checked.

    Args:
        values: a config that nobody has looked at.
        settings: what the operator takes.

    Raises:
        NotAllowed: it is too much of something.
    """
    count, splits = values.get("count", 100), values.get("splits")
    if isinstance(count, int) and count > settings.most_rows:
        raise NotAllowed(
            f"count is {count:,}; this server makes at most {settings.most_rows:,} rows in a job.",
            hint="Send several jobs with seeds of their own.",
        )
    if isinstance(splits, dict):
        _refuse_splits(cast("dict[str, Any]", splits), count, settings)
    outline = values.get("outline")
    criteria = cast("dict[str, Any]", outline).get("criteria") if isinstance(outline, dict) else None
    told = {**{name: value for name, value in values.items() if name not in ("outline", "splits")}, "": criteria}
    size = len(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > settings.most_prompt:
        raise NotAllowed(
            f"What would stand in every prompt (domain, guidance, examples, rubric, criteria …) is {size:,} bytes; "
            f"this server takes {settings.most_prompt:,}.",
            hint="Shorten it; what differs from row to row can stand in outline.topics.",
        )


def _refuse_splits(splits: Mapping[str, Any], count: Any, settings: Settings) -> None:
    if len(splits) > settings.most_splits:
        raise NotAllowed(
            f"splits has {len(splits):,} names; this server takes {settings.most_splits}.", hint="Name fewer."
        )
    for name in splits:
        if len(name.encode("utf-8", "surrogatepass")) > _LONGEST_SPLIT:
            raise NotAllowed(f"The name {name[:40]!r}… of a split is too long.", hint=f"Use {_LONGEST_SPLIT} bytes.")
    if isinstance(count, int) and all(isinstance(share, float) and share > 0 for share in splits.values()):
        dealt = count % (sum(weights(splits).values()) or 1)
        if dealt * len(splits) > _MOST_DEALT:
            raise NotAllowed(
                f"splits: fractions of so many digits take too long to deal {count:,} rows by.",
                hint="Use numbers of rows, or fractions of fewer digits.",
            )


def refuse_strange(config: GenerationConfig, settings: Settings) -> None:
    """Refuse a config that names what the operator did not allow, or too much of something.

    Raises:
        NotAllowed: it does; the message names all of it.
    """
    named = [(place, kind) for place, kind in _named(config) if kind not in settings.allow]
    if named:
        told = "; ".join(f"{place} (needs --allow {kind}: {ALLOWED[kind]})" for place, kind in named)
        raise NotAllowed(f"This server does not let jobs set {told}.")
    told = " ".join([*_too_long(config), *_out_of_bounds(config, settings)])
    if told:
        raise NotAllowed(told, hint="Change it, or ask whoever runs this server.")


def _named(config: GenerationConfig) -> Iterator[tuple[str, str]]:
    """Fields that need to be allowed, with what allows them."""
    yield from _of_models(config)
    if config.schema not in built_in("schemas"):
        yield f"schema {config.schema!r}", "plugins"
    for check in config.quality.model_extra or {}:
        if check not in built_in("checks"):
            yield f"quality.{check}", "plugins"
    if config.source is not None:
        yield "source", "source"
    if config.quality.decontaminate:
        yield "quality.decontaminate", "source"
    if config.run.push_to is not None:
        yield "run.push_to", "push_to"
    if config.run.replicas:
        yield "run.replicas", "replicas"


def _of_models(config: GenerationConfig) -> Iterator[tuple[str, str]]:
    for role, model in (("generator", config.models.generator), ("critic", config.models.critic)):
        if model is None:
            continue
        for field in ("base_url", "api_key_env", "price"):
            if getattr(model, field) is not None:
                yield f"models.{role}.{field}", field
        if model.provider not in built_in("providers"):
            yield f"models.{role}.provider {model.provider!r}", "plugins"


def _too_long(config: GenerationConfig) -> Iterator[str]:
    texts = [("domain", config.domain), ("license", config.license)]
    texts += [(name, getattr(config.constraints, name)) for name in ("tone", "difficulty", "language")]
    models = {"generator": config.models.generator, "critic": config.models.critic}
    texts += [(f"models.{role}.model", model.model) for role, model in models.items() if model]
    for place, text in texts:
        most = _LONGEST[place.rpartition(".")[2]]
        if len(text or "") > most:
            yield f"{place} has {len(text or ''):,} characters; this server takes {most:,}."
    for part in PARTS if config.outline else ():
        longest = max(map(len, getattr(config.outline, part) or ()), default=0)
        if longest > _LONGEST_NAME:
            yield f"A text in outline.{part} has {longest:,} characters; this server takes {_LONGEST_NAME:,}."


def _out_of_bounds(config: GenerationConfig, settings: Settings) -> Iterator[str]:
    """Numbers with which a job would take from others: connections, a provider's good will, a place to run."""
    run, (least, most), (soonest, latest) = config.run, settings.timeouts, settings.polls
    if run.concurrency > settings.most_concurrency:
        yield f"run.concurrency is {run.concurrency:,}; this server takes at most {settings.most_concurrency:,}."
    if not least <= run.timeout <= most:
        yield f"run.timeout is {run.timeout:g}; this server takes {least:g} to {most:g} seconds."
    if not soonest <= run.poll_seconds <= latest:
        yield f"run.poll_seconds is {run.poll_seconds:g}; this server takes {soonest:g} to {latest:g}."
    candidates = 2 * settings.most_rows + 50  # what the largest job has by default
    if run.max_candidates is not None and run.max_candidates > candidates:
        yield f"run.max_candidates is {run.max_candidates:,}; this server takes at most {candidates:,}."
