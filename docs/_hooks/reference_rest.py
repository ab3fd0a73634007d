"""The job server, from the application itself: its OpenAPI document as tables, and what an operator may allow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reference_config import MeaningMissing
from reference_tables import cell, table

from hf_synth.server.app import create_app
from hf_synth.server.settings import ALLOWED, Settings

_VALUES = {"date-time": "time (ISO 8601)", "string": "text", "object": "mapping", "array": "list"}
_ANSWERS = ("JobStatus", "Statistics", "Reason", "Links", "JobList", "ResultsUrl", "Receipt", "Line", "Problem")
"""What is answered, in the order in which it is told; what else answers hold comes after it."""


def rest_reference(figures: Mapping[str, str]) -> str:
    """All endpoints at a glance, a section for each, then what the answers hold.

    Args:
        figures: what those of `Statistics` tell, by name.

    Raises:
        MeaningMissing: one of them is not among these.
    """
    document = _document()
    operations = [*_operations(document)]
    glance = [[f"[`{name}`](#{_anchor(name)})", cell(_sentence(told)), _codes(told)] for name, told in operations]
    shapes: dict[str, Any] = document["components"]["schemas"]
    answered = {name for _, told in operations for name in _named(told["responses"], shapes)}
    order = [*(name for name in _ANSWERS if name in answered), *sorted(answered - {*_ANSWERS})]
    return "\n\n".join(
        [
            table(["request", "what it does", "answers"], glance),
            *(_operation(name, told) for name, told in operations),
            *(_shape(name, shapes[name], figures if name == "Statistics" else None) for name in order),
        ]
    )


def statuses_reference() -> str:
    """The statuses of errors, with all that they mean somewhere."""
    found: dict[str, list[str]] = {}
    for _, told in _operations(_document()):
        for code, answer in _errors(told).items():
            found.setdefault(code, []).append(answer["description"])
    return table(["status", "meaning"], [[code, cell(" ".join(dict.fromkeys(found[code])))] for code in sorted(found)])


def allow_reference() -> str:
    """What `--allow` may name."""
    return table(["`--allow`", "lets a job name"], [[f"`{name}`", cell(told)] for name, told in ALLOWED.items()])


def _document() -> dict[str, Any]:
    """The document of a server that is not started."""
    return create_app(Settings(data=Path("nowhere"))).openapi()


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield f"{method.upper()} {path}", told


def _anchor(name: str) -> str:
    method, _, path = name.partition(" ")
    words = [word.strip("{}").replace("_", "-") for word in path.split("/") if word]
    return "-".join([method.lower(), *words])


def _sentence(told: Mapping[str, Any]) -> str:
    return " ".join(told.get("description", "").partition("\n\n")[0].split())


def _own(told: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that are no errors."""
    return {code: answer for code, answer in told["responses"].items() if code[0] in "123"}


def _errors(told: Mapping[str, Any]) -> dict[str, Any]:
    return {code: answer for code, answer in told["responses"].items() if code[0] in "45"}


def _named(part: Any, shapes: Mapping[str, Any]) -> set[str]:
    """The shapes that a part of the document refers to, and those that they refer to."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    found = {name for one in inner for name in _named(one, shapes)}
    name = _name(part) if isinstance(part, dict) else ""
    return found | {name} | _named(shapes[name], shapes) if name else found


def _codes(told: Mapping[str, Any]) -> str:
    return ", ".join(_own(told))


def _operation(name: str, told: Mapping[str, Any]) -> str:
    lines = [f"## {name} {{ #{_anchor(name)} }}", told.get("description", "")]
    given = [
        [
            f"`{one['name']}`",
            one["in"],
            cell(one.get("description") or one["schema"].get("description") or ""),
            _kind(one["schema"]),
        ]
        for one in told.get("parameters", ())
    ]
    if given:
        lines.append(_full(["parameter", "in", "meaning", "type"], given))
    for media in told.get("requestBody", {}).get("content", {}).values():
        for label, example in media.get("examples", {}).items():
            shown = json.dumps(example["value"], ensure_ascii=False, indent=2)
            lines.append(f'```json title="{example.get("summary", label)}"\n{shown}\n```')
    lines.append(table(["answer", "holds"], [[code, cell(_held(answer))] for code, answer in _own(told).items()]))
    errors = ", ".join(sorted(_errors(told)))
    key = "" if "security" in told else " It needs no API key."
    lines.append(f"[Errors](#errors): {errors or 'none of its own'}.{key}")
    return "\n\n".join(lines)


def _held(answer: Mapping[str, Any]) -> str:
    """The media types of an answer, with what they are."""
    told = [
        f"[{_name(media['schema'])}](#{_name(media['schema']).lower()})" if _name(media.get("schema", {})) else kind
        for kind, media in answer.get("content", {}).items()
    ]
    said = answer.get("description", "")
    plain = [] if said in ("", "Successful Response") else [said.rstrip(".")]
    return ": ".join(filter(None, [*plain, ", ".join(told)])) or "nothing"


def _name(schema: Mapping[str, Any]) -> str:
    return schema.get("$ref", "").rpartition("/")[2]


def _shape(name: str, schema: Mapping[str, Any], meanings: Mapping[str, str] | None) -> str:
    fields: dict[str, Any] = schema.get("properties", {})
    if meanings is not None and (missing := fields.keys() ^ meanings.keys()):
        raise MeaningMissing(f"{name} has no such figure, or no page tells it: {', '.join(sorted(missing))}.")
    told = {field: one.get("description", "") if meanings is None else meanings[field] for field, one in fields.items()}
    rows = [[f"`{field}`", cell(told[field]), _kind(one), _example(one)] for field, one in fields.items()]
    shown = _full(["field", "meaning", "type", "for example"], rows)
    return "\n\n".join([f"## {name}", schema.get("description", ""), shown])


def _full(head: list[str], rows: list[list[str]]) -> str:
    """A table without the columns that say nothing."""
    kept = [number for number in range(len(head)) if any(row[number] for row in rows)]
    return table([head[number] for number in kept], [[row[number] for number in kept] for row in rows])


def _example(schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples") or []
    return f"`{json.dumps(examples[0], ensure_ascii=False)}`" if examples else ""


def _kind(schema: Mapping[str, Any]) -> str:
    """A JSON schema in words."""
    if name := _name(schema):
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("format") if schema.get("format") in _VALUES else schema.get("type", "anything")
    words = _VALUES.get(str(kind), str(kind))
    if kind == "array":
        return f"{words} of {_kind(schema['items'])}"
    bounds = [f"{word} {schema[rule]:,}" for rule, word in _BOUNDS if rule in schema]
    return ", ".join([words, *bounds])


_BOUNDS = (
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("minLength", "length at least"),
    ("maxLength", "length at most"),
)
