"""The bar, and what is said beside it."""

from __future__ import annotations

import io
import logging

from hf_synth.progress import costs_on_stderr

cost = logging.getLogger("hf_synth.cost")


BARS = """
import sys
from hf_synth.engine.caller import Tally
from hf_synth.executors.local import Progress
from hf_synth.progress import Bar
sys.stderr = sys.stdout
for changes in {"expected": 0.41}, {"spent": None}, {"waiting": True}, {}:
    given = {"accepted": 3, "dropped": {"language": 2}, "tally": Tally(calls=7), "spent": 0.0123, "waiting": False}
    with Bar(10) as bar:
        bar.show(Progress(**{**given, **changes}))
"""


def test_the_bar_tells_rows_calls_dollars_and_drops_and_what_it_will_be_in_all(python):
    shown = python(BARS, HF_DATASETS_DISABLE_PROGRESS_BARS="0", TQDM_NCOLS="200")
    assert "3/10" in shown
    for told in (
        "calls=7, usd=0.0123, dropped=2]",
        "calls=7, usd=0.0123 of about 0.4100, dropped=2]",
        "usd=unknown",
        "waiting=another process makes these rows",
    ):
        assert told in shown


def test_costs_are_said_on_stderr_while_they_are_wanted_there_and_nowhere_else(capsys):
    with costs_on_stderr():
        cost.info("Likely $0.41.")
    cost.info("not this")
    out, err = capsys.readouterr()
    assert (out, err) == ("", "Likely $0.41.\n")
    assert (cost.handlers, cost.propagate, cost.level) == ([], True, logging.NOTSET)


def test_a_library_is_quiet(capsys):
    logging.getLogger("hf_synth").addHandler(shouts := logging.StreamHandler(io.StringIO()))
    try:
        cost.info("Likely $0.41.")
    finally:
        logging.getLogger("hf_synth").removeHandler(shouts)
    assert shouts.stream.getvalue() == ""
