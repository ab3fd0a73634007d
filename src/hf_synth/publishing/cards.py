"""A card by itself, where there is no repo whose card it would go into."""

from __future__ import annotations

from huggingface_hub import DatasetCard, DatasetCardData

from hf_synth.hub.merge import marked
from hf_synth.publishing.body import Place, body
from hf_synth.publishing.fields import fields
from hf_synth.publishing.told import Told
from hf_synth.reports.markdown import escaped


def card_of(told: Told, place: Place) -> DatasetCard:
    """The card of a dataset. Our part stands between the same marks as in a repo, so that a later push finds it."""
    data = DatasetCardData(**fields(told))
    part = marked(place.config_name, body(told, place))
    return DatasetCard(f"---\n{data.to_yaml()}\n---\n\n# {escaped(told.config.domain)}\n\n{part}\n")
