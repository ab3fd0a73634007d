"""What was asked of every row, beside how far that was verified, as a table of a card."""

from __future__ import annotations

from collections.abc import Iterator

from hf_synth.config.names import built_in, language_name
from hf_synth.engine.plan import DIFFICULTIES
from hf_synth.publishing.told import Told
from hf_synth.reports.markdown import escaped, table_of

Line = tuple[str, str, str]


def constraints(told: Told) -> list[str]:
    """A table: what, what was asked for, how far it was verified."""
    rows = [(escaped(what), escaped(asked), escaped(verified)) for what, asked, verified in _lines(told)]
    lines = table_of(["constraint", "asked for", "verified"], rows)
    if switched := _switched(told):
        lines += ["", escaped(switched)]
    return lines


def _lines(told: Told) -> Iterator[Line]:
    asked, config = told.config.constraints, told.config
    yield "language", language_name(asked.language), _language(told)
    if asked.tone:
        yield "tone", asked.tone, _classified(told, "tone")
    even = f"an even mix of {', '.join(DIFFICULTIES)}"
    yield "difficulty", asked.difficulty or even, _classified(told, "difficulty")
    yield (
        "length",
        f"at most {asked.max_tokens:,} tokens in a response",
        _checked(told, "length", "counted by the server where it counts, else estimated, for every response"),
    )
    yield (
        "near-duplicates",
        f"similarity below {config.quality.duplicate_similarity:g} (Jaccard, character 5-grams)",
        _checked(
            told,
            "duplicate",
            "prompts of all splits, by MinHash; short ones, and such as differ in a number, when equal",
        ),
    )
    if len(config.splits) > 1:
        shared = told.report.facts.splits.shared
        known = "topics are not known" if shared is None else f"{len(shared):,} topics in more than one split"
        yield "splits", "no topic and no near-duplicate in two", known
    if config.source is not None:
        passages = told.report.facts.passages
        found = "not known" if passages is None else f"{passages[0]:,} rows made from {passages[1]:,} passages"
        yield "grounding", "facts come from the source alone", f"{found}; whether the facts agree is not verified"
    if config.quality.decontaminate:
        number = len(config.quality.decontaminate)
        names = "a source" if number == 1 else f"{number} sources"
        yield (
            "contamination",
            f"no 13 words in a row of {names} of text that were named",
            _checked(told, "contamination", "every row, by 13-grams"),
        )


def _language(told: Told) -> str:
    found = told.report.facts.languages
    if not found.rows or found.share is None:
        return "no row was looked at"
    others = ", ".join(f"{code} in {rows:,}" for code, rows in list(found.others.items())[:3])
    dropped = "" if told.config.quality.on("language") else "; the check was off"
    rest = f"; others: {others}" if others else ""
    return f"a classifier read it in {found.share:.1%} of {found.rows:,} rows{rest}{dropped}"


def _classified(told: Told, name: str) -> str:
    found = told.report.facts.classified.get(name)
    if found is None or found.agreed is None:
        return "it stood in every prompt; not verified"
    return f"a model read {found.rows:,} rows without being told: as asked for in {found.agreed:.1%}"


def _checked(told: Told, check: str, how: str) -> str:
    quality = told.config.quality
    if not quality.on(check):
        return "not verified: the check was off"
    if quality.mode(check, "drop") == "flag":
        return f"{how}; what failed is marked, not dropped"
    return how


def _switched(told: Told) -> str:
    """Which checks did not refuse what they found."""
    quality = told.config.quality
    off = [check for check in built_in("checks") if not quality.on(check)]
    marks = [check for check in built_in("checks") if quality.on(check) and quality.mode(check, "drop") == "flag"]
    told_of = [f"Checks that were off: {', '.join(off)}."] if off else []
    told_of += [f"Checks that mark rows and do not drop them: {', '.join(marks)}."] if marks else []
    return " ".join(told_of)
