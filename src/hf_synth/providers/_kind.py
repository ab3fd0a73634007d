"""What the files of this folder export: a provider's facts, and how to connect. Loads no SDK."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hf_synth.errors import BadEndpoint
from hf_synth.protocols import ConnectOptions, Provider
from hf_synth.providers._border import Border
from hf_synth.providers._keys import check_url, key_variable
from hf_synth.providers._link import Link, link
from hf_synth.types import Dialect, Endpoint

Adapter = Callable[[Link, Endpoint, Border, bool], Provider]
"""The last argument: whether it is to have a batch side."""


@dataclass(slots=True)
class NetworkKind:
    """A `ProviderKind` that is reached through an official SDK."""

    name: str
    default_base_url: str | None
    base_url_env: str | None
    api_key_env: str | None
    params: Mapping[str, str | Sequence[str]]
    dialects: tuple[Dialect, ...]
    prices: str | None
    sdk: str
    adapter: Adapter
    batches: bool
    models: tuple[str, ...] = field(default=())
    endpoint_hint: str = BadEndpoint.default_hint

    def connect(self, endpoint: Endpoint, key: str | None, options: ConnectOptions) -> Provider:
        """Open a connection. `key` is what `find_key` found; `None` asks without one.

        Raises:
            ConfigError: the base URL is no address.
            MissingExtra: the SDK is not installed.
        """
        url = endpoint.base_url or self.default_base_url or ""
        check_url(url)
        border = Border(
            provider=endpoint.provider,
            model=endpoint.model,
            base_url=url,
            variable=key_variable(self, endpoint, os.environ),
            key=key,
            endpoint_hint=self.endpoint_hint,
        )
        return self.adapter(link(self.sdk, endpoint, border, options), endpoint, border, self.batches)
