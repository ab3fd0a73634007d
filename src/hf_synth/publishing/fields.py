"""The YAML fields that one config calls for in a dataset card. What is not known is left out."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from hf_synth.hub.recipes import published
from hf_synth.publishing.told import Told

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_TASKS = {
    "instruction_v1": ["text-generation"],
    "preference_v1": ["text-generation", "reinforcement-learning"],
    "eval_v1": ["question-answering", "text-generation"],
}
_USES = {"instruction_v1": "sft", "preference_v1": "dpo", "eval_v1": "eval"}
_LEAST = 0.1  # share of rows from which another language is one of the dataset's
_OTHER = "other"
_HOW_TO_STATE = "https://huggingface.co/docs/hub/repositories-licenses"


def fields(told: Told) -> dict[str, Any]:
    """Fields of `DatasetCardData`, as the Hub's validation takes them."""
    name = told.wanted.resolved.schema.name
    uses = [_USES[name]] if name in _USES else []
    made = {
        "language": languages(told),
        **licence(told),
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "size_categories": [next((word for most, word in _SIZES if told.rows < most), "n>10M")],
        "source_datasets": _sources(told),
        "task_categories": list(_TASKS.get(name, [])),
        "pretty_name": f"{told.config.domain} ({name})",
        "tags": ["synthetic", "hf_synth", name, *uses],
    }
    return {key: value for key, value in made.items() if value not in (None, [])}


def languages(told: Told) -> list[str]:
    """ISO 639 codes of what a classifier read in at least a tenth of the rows, the language asked for first."""
    found = told.report.facts.languages
    if not found.rows or found.share is None:
        return []
    asked = found.asked.split("-")[0].lower()
    others = [code for code, rows in found.others.items() if rows / found.rows >= _LEAST]
    return [asked, *others] if found.share >= _LEAST else others


def licence(told: Told) -> dict[str, str | None]:
    """As the user says it; else `other`, with a name and where the terms of the models' provider stand."""
    said = (told.config.license or "").strip()
    if said.lower() in _known() - {_OTHER}:
        return {"license": said.lower()}
    link = re.search(r"https://\S+", said)
    name = re.sub(r"[^a-z0-9.]+", "-", said.replace(link[0] if link else "", "").lower()).strip("-")
    address = link[0] if link else next((address for _, address in told.provider_terms), _HOW_TO_STATE)
    return {"license": _OTHER, "license_name": name or ("see-link" if link else "not-stated"), "license_link": address}


@cache
def _known() -> frozenset[str]:
    """The identifiers that the Hub takes for `license`."""
    return frozenset(files("hf_synth.publishing").joinpath("licences.txt").read_text("utf-8").split())


def _sources(told: Told) -> list[str]:
    if told.config.source is None:
        return ["original"]
    source = published(told.config)[0].get("source")
    return [str(source["path"])] if source else []
