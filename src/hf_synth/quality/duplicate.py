"""Near-duplicates of accepted texts: `_near` finds them, `_neighbours` says what becomes of them.

There is no `CHECK`: a candidate is compared with rows that were accepted before it, which the gate holds.
"""

from __future__ import annotations

from hf_synth.quality._near import NAME, VERSION, EqualTexts, NearDuplicates

__all__ = ["NAME", "VERSION", "EqualTexts", "NearDuplicates"]
