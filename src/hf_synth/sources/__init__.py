"""Texts that the user has: what `source` and `quality.decontaminate` name, read, divided and dealt to the plan."""

from hf_synth.sources.load import content_digest, passages_of, texts_of

__all__ = ["content_digest", "passages_of", "texts_of"]
