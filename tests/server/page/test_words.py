from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hf_synth.server.page.words import ago, moment, money, number, size, span


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "not known"), (0, "$0.00"), (0.1459, "$0.1459"), (0.00001, "under $0.0001"), (1234.5, "$1,234.50")],
)
def test_money(value, told):
    assert money(value) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "not known"), (0.2, "0 s"), (59.6, "1 min 0 s"), (3725, "1 h 2 min"), (90000, "1 d 1 h")],
)
def test_spans(value, told):
    assert span(value) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(5, "just now"), (61, "1 minute ago"), (7300, "2 hours ago"), (864005, "10 days ago")]
)
def test_times_past(seconds, told):
    assert ago(datetime.now(UTC) - timedelta(seconds=seconds)) == told


def test_moments_are_told_in_utc():
    assert moment(datetime.fromisoformat("2026-01-02T03:04:05+02:00")) == "2026-01-02 01:04:05 UTC"


@pytest.mark.parametrize(("many", "told"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (2_500_000_000, "2.5 GB")])
def test_sizes(many, told):
    assert size(many) == told


def test_numbers():
    assert (number(1234567), number(None), number(2.5, 1)) == ("1,234,567", "not known", "2.5")
