"""What a session is made of: names made live by an executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hf_synth.config import GenerationConfig
from hf_synth.engine.gate import Gate
from hf_synth.engine.line import Line
from hf_synth.protocols import Passages, Schema
from hf_synth.types import Role


@dataclass(frozen=True, slots=True)
class Parts:
    """What an executor made of names: everything live that a session needs.

    Attributes:
        lines: opens the connections; called in the session's loop.
        gate: opens a gate for a config.
        batch: whether rows are made in batches.
        poll_seconds: between two looks at a batch.
        passages: of the user's source, `None` without one.
    """

    schema: Schema
    lines: Callable[[], Mapping[Role, Line]]
    gate: Callable[[GenerationConfig], Gate]
    max_cost: float | None
    batch: bool = False
    poll_seconds: float = 30.0
    passages: Passages | None = None
