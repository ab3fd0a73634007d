"""All that is known of a dataset that hf_synth made: its rows, its record, its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import datasets

from hf_synth.config import GenerationConfig
from hf_synth.engine.receipt import Receipt
from hf_synth.executors.local import Local
from hf_synth.features import features
from hf_synth.publishing.material import Parts, material_of, rows_of
from hf_synth.registry import provider_kind
from hf_synth.reports import Report, make
from hf_synth.tiers import terms
from hf_synth.types import Endpoint


def elsewhere(at: Endpoint) -> bool:
    """Whether a model is asked at another address than its provider's own: that address is not published."""
    return at.base_url != provider_kind(at.provider).default_base_url


@dataclass(frozen=True)
class Told:
    """A dataset, for its card.

    Attributes:
        parts: split to dataset, in memory or streaming.
        record: what `executors.sidecar` wrote when the rows were finished.
        wanted: the config and its journal.
        changed: whether the rows were changed after they were generated.
    """

    parts: Parts
    record: Mapping[str, Any]
    wanted: Local
    changed: bool

    @property
    def config(self) -> GenerationConfig:
        return self.wanted.resolved.config

    @cached_property
    def receipt(self) -> Receipt:
        noted = Receipt.from_dict(self.record["receipt"])
        noted.changed = self.changed
        return noted

    @cached_property
    def report(self) -> Report:
        rows = rows_of(self.parts, self.wanted.resolved.schema)
        return make(material_of(self.wanted, rows, self.receipt, changed=self.changed))

    @property
    def provider_terms(self) -> list[tuple[str, str]]:
        """Providers asked at their own address, with that of their terms."""
        asked = {at.provider for at in self.wanted.resolved.endpoints.values() if not elsewhere(at)}
        return [(provider, address) for provider in sorted(asked) if (address := terms(provider))]

    @property
    def rows(self) -> int:
        return sum(self.splits.values())

    @property
    def splits(self) -> dict[str, int]:
        """Rows by split; of a split that streams, those that were generated."""
        targets = self.wanted.resolved.targets
        return {
            split: len(part) if isinstance(part, datasets.Dataset) else targets.get(split, 0)
            for split, part in self.parts.items()
        }

    @property
    def view(self) -> str:
        """Whose columns the rows have, whatever the config says: `to_trl` may have been called since."""
        trl: Mapping[str, Any] = features(self.wanted.resolved.schema, "trl")
        return "trl" if set(self.features) == set(trl) else self.config.view

    @property
    def features(self) -> Mapping[str, Any]:
        """The columns, as they are now."""
        return dict(next(iter(self.parts.values())).features or {})
