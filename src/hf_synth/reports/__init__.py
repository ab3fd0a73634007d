"""The quality of a dataset, told: plain values in, a `Report` out.

`make(Material)` counts; `Report` shows what was counted as plain values, as a table in a terminal, as one HTML page and
as images. Nothing here reads a journal or knows `datasets`; plotting and HTML come with the extra `report` and are
imported when they are used.
"""

from hf_synth.reports.make import COLUMNS, make
from hf_synth.reports.material import Material, RowFacts
from hf_synth.reports.report import Report

__all__ = ["COLUMNS", "Material", "Report", "RowFacts", "make"]
