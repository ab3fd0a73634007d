"""How a request's schema is asked for: enforced by the server, or in words. The same for every adapter."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from hf_synth.errors import ShapeUnsupported
from hf_synth.providers._border import Border
from hf_synth.providers._headers import allowance
from hf_synth.providers._json import whole
from hf_synth.providers._lowering import NotExpressibleError, unfence
from hf_synth.types import Allowance, Json, Reply, Request, Shape, Stop, Usage


class Lowered:
    """Schemas lowered once: thousands of requests share a handful."""

    def __init__(self, lower: Callable[[Json], Json], border: Border) -> None:
        self._lower = lower
        self._border = border
        self._known: dict[str, tuple[Json, Json | ShapeUnsupported]] = {}

    def __call__(self, shape: Shape) -> Json:
        """The schema in the server's dialect.

        Raises:
            ShapeUnsupported: it has no form there.
        """
        seen, lowered = self._known.get(shape.name, (None, None))
        if lowered is None or (seen is not shape.schema and seen != shape.schema):
            lowered = self._lowered(shape)
            self._known[shape.name] = (shape.schema, lowered)
        if isinstance(lowered, ShapeUnsupported):
            raise self._border.shape(lowered.message)
        return lowered

    def _lowered(self, shape: Shape) -> Json | ShapeUnsupported:
        try:
            return self._lower(shape.schema)
        except NotExpressibleError as error:
            return ShapeUnsupported(str(error))


def reply(
    request: Request,
    text: str,
    stop: Stop,
    *,
    detail: str,
    usage: Usage | None,
    model: str,
    headers: Mapping[str, str],
) -> Reply:
    """A `Reply` from what an adapter read. Text comes out as valid Unicode, without a fence around data.

    Where the server sent no usage, that is estimated from the length of the texts, and marked so.
    """
    text = whole(text)
    if usage is None:
        words = sum(len(message.content) for message in request.messages)
        usage = Usage(input_tokens=-(-words // 4), output_tokens=-(-len(text) // 4), estimated=True)
    limits: Allowance | None = allowance(headers, time.time()) if headers else None
    return Reply(unfence(text) if request.shape else text, stop, usage, whole(model), limits, whole(detail))


def served(body: Json, asked: str) -> str:
    """The model that answered, as the server says; where it does not, the one that was asked for."""
    model = body.get("model")
    return model if isinstance(model, str) and model else asked
