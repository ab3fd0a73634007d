"""The gate: judges candidates in plan order, each by itself and among the others, as if `count` were endless.

Plan order, not finishing order, is what makes rows stable: a candidate is compared only with rows that stand
before it in the plan, however the calls were timed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import BaseModel, ValidationError

from hf_synth.config import GenerationConfig
from hf_synth.protocols import Check, DuplicateIndex
from hf_synth.types import Candidate


class Gate:
    """Says which candidates are rows.

    Args:
        config: thresholds and constraints.
        row: the model every row must fit, strictly.
        checks: what is looked at, in order; the first that objects gives the cause.
        duplicates: opens the index of accepted texts; called once, at the first candidate.
    """

    def __init__(
        self,
        config: GenerationConfig,
        row: type[BaseModel],
        checks: Sequence[Check],
        duplicates: Callable[[], DuplicateIndex],
    ) -> None:
        self._config = config
        self._row = row
        self._checks = checks
        self._open = duplicates
        self._index: DuplicateIndex | None = None

    @property
    def index(self) -> DuplicateIndex:
        if self._index is None:
            self._index = self._open()
        return self._index

    def judge(self, candidate: Candidate) -> tuple[str, str] | None:
        """`None` for a row, which is then remembered; else cause and detail."""
        objection = self._object(candidate)
        if objection is not None:
            return objection
        twin = self.index.find(candidate.key_text)
        if twin is not None:
            return "duplicate", f"too near to accepted row {twin} in plan order"
        self.restore(candidate.key_text)
        return None

    def restore(self, key_text: str) -> None:
        """Remember the text of a row that was accepted before."""
        self.index.add(key_text)

    def _object(self, candidate: Candidate) -> tuple[str, str] | None:
        try:
            self._row.model_validate(dict(candidate.row), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            return "schema", f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        for check in self._checks:
            objection = check(candidate, self._config)
            if objection is not None:
                return check.name, objection
        return None
