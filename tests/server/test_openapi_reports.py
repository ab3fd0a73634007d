"""What the document says of reports and receipts."""

from __future__ import annotations

from dataclasses import fields

import pytest

from hf_synth.engine.audit import Agreement, CriticAudit
from hf_synth.engine.receipt import Line, OpenBatch, Receipt
from hf_synth.reports.facts import Facts
from hf_synth.server.openapi_reports import RECEIPTS, REPORTS, receipt_schemas


@pytest.mark.parametrize("kind", [Receipt, Line, OpenBatch, CriticAudit, Agreement])
def test_all_of_a_receipt_is_told_with_what_it_means(kind):
    schema = receipt_schemas()[kind.__name__]
    assert list(schema["properties"]) == [one.name for one in fields(kind)]
    assert "Attributes" not in schema["description"]
    told = [name for name, one in schema["properties"].items() if one.get("description")]
    assert kind is Agreement or len(told) > len(fields(kind)) / 2


def test_the_examples_are_a_receipt_and_some_of_a_report():
    example = RECEIPTS[200]["content"]["application/json"]["example"]
    assert set(example) <= {one.name for one in fields(Receipt)}
    assert Receipt.from_dict(example).calls[0].model
    report = REPORTS[200]["content"]["application/json"]["example"]
    assert set(report) <= {one.name for one in fields(Facts)}
