"""The gate: judges candidates in plan order, each by itself and among the others, as if `count` were endless.

Plan order, not finishing order, is what makes rows stable: a candidate is compared only with rows that stand
before it in the plan, however the calls were timed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from hf_synth.config import GenerationConfig
from hf_synth.protocols import Check, Neighbours
from hf_synth.types import Candidate


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of a candidate.

    Attributes:
        cause: why it is no row; empty for a row.
        detail: the same in a few words.
        flags: objections that are noted and do not keep it from being a row: name to words.
    """

    cause: str = ""
    detail: str = ""
    flags: Mapping[str, str] = field(default_factory=dict[str, str])


class Gate:
    """Says which candidates are rows.

    Args:
        config: thresholds and constraints.
        row: the model every row must fit, strictly.
        checks: what is looked at, in order; the first that drops gives the cause.
        neighbours: opens the index of accepted texts; called once, at the first candidate.
    """

    def __init__(
        self,
        config: GenerationConfig,
        row: type[BaseModel],
        checks: Sequence[Check],
        neighbours: Callable[[], Neighbours],
    ) -> None:
        self._config = config
        self._row = row
        self._checks = [
            (check, mode)
            for check in checks
            if (mode := config.quality.mode(check.name, "flag" if getattr(check, "flags", False) else "drop"))
        ]
        self._open = neighbours
        self._index: Neighbours | None = None

    @property
    def checks(self) -> dict[str, int]:
        """Names and versions of the checks that are switched on."""
        return {check.name: check.version for check, _ in self._checks}

    def judge(self, candidate: Candidate, split: str) -> Ruling:
        """What becomes of a candidate of a split; a row is remembered."""
        flags: dict[str, str] = {}
        objection = self._object(candidate, flags) or self._near(candidate, split, flags)
        if objection is not None:
            return Ruling(*objection)
        self.restore(candidate.key_text, split)
        return Ruling(flags=flags)

    def restore(self, key_text: str, split: str) -> None:
        """Remember the text of a row that was accepted before."""
        self._known().add(key_text, split)

    def _known(self) -> Neighbours:
        self._index = self._index or self._open()
        return self._index

    def _near(self, candidate: Candidate, split: str, flags: dict[str, str]) -> tuple[str, str] | None:
        found = self._known().find(candidate.key_text, split)
        if found is None:
            return None
        mode, cause, detail = found
        if mode == "drop":
            return cause, detail
        flags[cause] = detail
        return None

    def _object(self, candidate: Candidate, flags: dict[str, str]) -> tuple[str, str] | None:
        try:
            self._row.model_validate(dict(candidate.row), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return "schema", f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        for check, mode in self._checks:
            objection = check(candidate, self._config)
            if objection is None:
                continue
            if mode == "drop":
                return check.name, objection
            flags[check.name] = objection
        return None
