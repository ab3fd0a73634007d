"""The config of a job in the OpenAPI document: the schema of `GenerationConfig`, with what its validators take, too."""

from __future__ import annotations

from typing import Any

from hf_synth.config import GenerationConfig
from hf_synth.config.names import built_in, known
from hf_synth.server.problems import MEDIA_TYPE
from hf_synth.tiers import tiers

Json = dict[str, Any]
REF = "#/components/schemas/"
PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": f"{REF}Problem"}}}}
"""Of an answer that is an error."""
_WORDS = {"type": "string", "pattern": r"\S"}
_FIELDS = {
    "schema": "The kind of row.",
    "domain": "What the rows are about: a slug or free text.",
    "count": "Rows delivered, all splits together.",
    "tier": "Names a model; exclusive with `models.generator`.",
    "models": "Who writes (`generator`), and for preference_v1 who scores (`critic`, by default the generator).",
    "constraints": "What every row keeps to.",
    "guidance": "Instructions to the generator, in your own words.",
    "outline": "What the rows walk over; a list alone is one of topics. The model is asked for what is missing.",
    "examples": "Rows to learn from, with the fields that rows of this schema have.",
    "source": "Rows or documents that ground the generation. Refused unless the operator allows it.",
    "splits": "Shares of splits: fractions that sum to 1, or numbers of rows that sum to `count`.",
    "seed": "Another seed is another dataset.",
    "quality": "Thresholds of the checks, and a switch for each.",
    "view": "The columns handed out.",
    "license": "For the card of the dataset.",
    "run": "How it is done.",
}
_REFUSED = {
    "ModelConfig": ("base_url", "api_key_env", "price"),
    "Quality": ("decontaminate",),
    "Run": ("replicas", "push_to"),
}
CONFIGS: dict[str, Json] = {
    "instructions": {
        "summary": "Instructions with responses",
        "value": {
            "schema": "instruction_v1",
            "domain": "customer_support",
            "count": 100,
            "models": {"generator": {"provider": "openai", "model": "gpt-4o"}},
        },
    },
    "preferences": {
        "summary": "Pairs of responses that a critic of another family scored",
        "value": {
            "schema": "preference_v1",
            "domain": "code_review",
            "count": 50,
            "models": {
                "generator": {"provider": "openai", "model": "gpt-4o", "params": {"temperature": 1.0}},
                "critic": {"provider": "anthropic", "model": "claude-sonnet-4-6"},
            },
            "quality": {"min_margin": 2.0},
        },
    },
    "evaluation": {
        "summary": "Items with ideal outputs, in German, in two splits",
        "value": {
            "schema": "eval_v1",
            "domain": "personal finance for people who begin to work",
            "count": 40,
            "tier": "economy",
            "constraints": {"language": "de", "tone": "formal", "difficulty": "hard", "max_tokens": 500},
            "splits": {"validation": 0.25, "test": 0.75},
            "run": {"max_cost": 1.0},
        },
    },
    "offline": {
        "summary": "Template text, to try it without a key of a provider",
        "value": {"schema": "instruction_v1", "domain": "gardens", "count": 5, "models": {"generator": "offline"}},
    },
}


def config_schemas(*, plugins: bool) -> dict[str, Json]:
    """The schema of a config and of its parts, by name.

    Args:
        plugins: whether names that other packages registered are accepted.
    """
    names = known if plugins else built_in
    top = GenerationConfig.model_json_schema(ref_template=REF + "{model}")
    parts: dict[str, Json] = top.pop("$defs")
    for field, told in _FIELDS.items():
        top["properties"][field] = {**top["properties"][field], "description": told}
    top["description"] = "What to generate. Fields that are not named here are refused."
    _say(top, schema={"enum": list(names("schemas"))}, domain=_WORDS, tier=_or_null({"enum": list(tiers())}))
    share = {"type": "number", "exclusiveMinimum": 0}
    _say(
        top, splits={"minProperties": 1, "additionalProperties": share, "propertyNames": {"pattern": r"^\w+(\.\w+)*$"}}
    )
    _say(parts["ModelConfig"], provider={"enum": list(names("providers"))}, model=_WORDS)
    _say(parts["Constraints"], tone=_or_null(_WORDS), difficulty=_or_null(_WORDS))
    tag = {"pattern": r"^\s*[A-Za-z]+([-_][A-Za-z0-9]{1,8})*\s*$", "examples": ["en", "pt-BR"]}
    _say(parts["Constraints"], language={**tag, "description": "ISO 639-1 or BCP 47."})
    for name, fields in _REFUSED.items():
        for field in fields:
            _say(parts[name], **{field: {"description": "Refused unless the operator allows it."}})
    switch = {"anyOf": [{"type": "boolean"}, {"enum": ["drop", "flag"]}]}
    quality = parts["Quality"]
    quality["properties"] |= dict.fromkeys(names("checks"), switch)
    quality["additionalProperties"] = False
    source = {"$ref": f"{REF}Source"}
    _say(quality, decontaminate={"type": None, "items": None, "anyOf": [source, {"type": "array", "items": source}]})
    short = {"type": "string", "pattern": r"^\s*\S", "description": "`PROVIDER:MODEL`, or `offline`."}
    parts["ModelConfig"] = _either(parts["ModelConfig"], {**short, "examples": ["openai:gpt-4o", "offline"]})
    parts["OutlineConfig"] = _either(
        parts["OutlineConfig"], {"type": "array", "items": _WORDS, "minItems": 1, "description": "Topics."}
    )
    parts["Source"] = _either(parts["Source"], {**_WORDS, "description": "`path`, alone."})
    return {"GenerationConfig": top, **parts}


def _say(part: Json, **fields: Json) -> None:
    """Say more of fields; what is said to be `None` is left out."""
    for field, more in fields.items():
        said = {**part["properties"][field], **more}
        part["properties"][field] = {name: value for name, value in said.items() if value is not None}


def _or_null(part: Json) -> Json:
    return {"anyOf": [part, {"type": "null"}]}


def _either(whole: Json, short: Json) -> Json:
    """A part that may be written in a short form."""
    title, description = whole.pop("title"), whole.pop("description", "")
    return {"title": title, "description": description, "anyOf": [whole, short]}
