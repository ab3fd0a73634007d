"""How many tokens a call is expected to take, so that tokens per minute can be kept before the server has counted.

Four characters to a token are a first guess that languages and tokenizers miss by a factor of 4; what comes back
soon corrects it. An output is expected to be as long as those of its kind were, and as long as it may be before any.
"""

from __future__ import annotations

from dataclasses import dataclass

from hf_synth.types import Request, Shape, Usage

_CHARS_PER_TOKEN = 4
_REMEMBERED = 50  # answers whose mean is kept, about


@dataclass(slots=True)
class _Kind:
    tokens_per_char: float = 1 / _CHARS_PER_TOKEN
    output: float = 0.0
    seen: int = 0


class Appetite:
    """What calls of each kind took at one endpoint."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._shapes: dict[str, int] = {}  # lengths of schemas, by name

    def of(self, request: Request) -> float:
        """Tokens a call is expected to take, input and output together."""
        kind = self._kind(request)
        output = min(kind.output, request.max_tokens) if kind.seen else request.max_tokens
        return self._size(request) * kind.tokens_per_char + output

    def learn(self, request: Request, usage: Usage) -> None:
        """Take what a call took."""
        kind = self._kind(request)
        kind.seen = min(kind.seen + 1, _REMEMBERED)
        size = self._size(request)
        if size:
            kind.tokens_per_char += (usage.input_tokens / size - kind.tokens_per_char) / kind.seen
        kind.output += (usage.output_tokens - kind.output) / kind.seen

    def _kind(self, request: Request) -> _Kind:
        """Outlines, drafts, responses and verdicts differ in length by more than any two of them do."""
        name = request.brief.task if request.brief else request.shape.name if request.shape else ""
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = _Kind()
        return kind

    def _size(self, request: Request) -> int:
        size = 0
        for message in request.messages:
            size += len(message.content)
        return size if request.shape is None else size + self._length(request.shape)

    def _length(self, shape: Shape) -> int:
        length = self._shapes.get(shape.name)
        if length is None:
            length = self._shapes[shape.name] = len(str(shape.schema))
        return length
