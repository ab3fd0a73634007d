from __future__ import annotations

from hf_synth.engine.audit import Agreement, CriticAudit
from hf_synth.engine.receipt import Receipt
from hf_synth.reports.judging import classified, critic, drops, flags


def test_drops_are_shares_of_those_judged():
    told = drops(Receipt(judged=200, accepted=150, dropped={"length": 10, "duplicate": 40}), {"length": {"easy": 10}})
    assert told
    assert list(told.causes.items()) == [("duplicate", 40), ("length", 10)]
    assert told.shares == {"duplicate": 0.2, "length": 0.05}
    assert told.difficulties == {"length": {"easy": 10}}


def test_drops_without_records_are_not_known():
    assert drops(None, {}) is None


def test_flags_are_counted_on_rows(material):
    told = material(rows=75)
    assert flags(told) == {"length": 3}


def test_flags_come_from_the_receipt_where_rows_do_not_tell(material):
    told = material(rows=0, receipt=Receipt(flagged={"pii": 2}))
    assert flags(told) == {"pii": 2}
    assert flags(material(rows=0, receipt=Receipt(flagged={"pii": 2}), changed=True)) == {}


def test_rates_of_a_critic_are_shares_of_what_they_can_be_of():
    audit = CriticAudit(pairs=10, flips=2, clear=6, unequal=4, longer_wins=3, verdicts=16, first_wins=8, margin_sum=5.0)
    audit.margins[2] = 2
    told = critic(audit)
    assert told
    assert (told.flips, told.longer_wins, told.first_wins, told.margin) == (0.2, 0.75, 0.5, 2.5)


def test_a_critic_that_judged_nothing_has_no_rates():
    assert critic(None) is critic(CriticAudit()) is None
    told = critic(CriticAudit(pairs=1))
    assert told
    assert told.longer_wins is told.margin is None


def test_agreement_is_the_share_read_as_asked():
    told = classified(Agreement({"difficulty": {"easy": {"easy": 3, "hard": 1}}}))
    assert (told["difficulty"].rows, told["difficulty"].agreed) == (4, 0.75)
    assert classified(None) == {}
