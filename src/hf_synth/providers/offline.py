"""The provider that needs no key and no network: template text, for trying things out and for tests.

It reads the `brief` of a request and not its prose, answers at once, and always answers the same request alike.
Its rows say what they are. It is not a model: nothing should be trained on what it writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hf_synth.protocols import Batching, ConnectOptions, Provider
from hf_synth.providers._template.tasks import answer
from hf_synth.types import Dialect, Endpoint, Reply, Request, Usage

MODEL = "template"
_CHARS_PER_TOKEN = 4


class TemplateProvider:
    """Answers from sentence tables. Holds nothing, so there is nothing to close."""

    __slots__ = ("batching",)

    def __init__(self) -> None:
        self.batching: Batching | None = None

    async def complete(self, request: Request, dialect: Dialect, timeout: float) -> Reply:
        """Answer at once. The dialect makes no difference: a structured answer always fits its schema.

        Args:
            request: what to ask; its `brief` says what to write.
            dialect: not used.
            timeout: not used: there is nothing to wait for.

        Raises:
            RequestInvalid: there are no templates in the language of the brief.
        """
        text = answer(request)
        asked = 0
        for message in request.messages:
            asked += len(message.content)
        usage = Usage(input_tokens=_tokens(asked), output_tokens=_tokens(len(text)), estimated=True)
        return Reply(text=text, stop="stop", usage=usage, model=MODEL)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True, slots=True)
class OfflineKind:
    """What the registry knows of this provider; see `protocols.ProviderKind`."""

    name: str = "offline"
    default_base_url: str | None = None
    base_url_env: str | None = None
    api_key_env: str | None = None
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict[str, "str | Sequence[str]"])
    dialects: tuple[Dialect, ...] = ("json_schema",)
    models: tuple[str, ...] = (MODEL,)
    batches: bool = False
    prices: str | None = None

    def connect(self, endpoint: Endpoint, key: str | None, options: ConnectOptions) -> Provider:
        """A provider; there is no connection to open, so none of the arguments matters."""
        return TemplateProvider()


PROVIDER = OfflineKind()


def _tokens(characters: int) -> int:
    return -(-characters // _CHARS_PER_TOKEN)
