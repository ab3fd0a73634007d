from __future__ import annotations

from hf_synth.server.jobs import Job
from hf_synth.server.places import early_receipt, is_paper, receipt_of


def job_of(*files: str) -> Job:
    return Job("job_1", "key", "failed", 1, 0.0, {}, {"train": 1}, {}, {}, files=dict.fromkeys(files, 1))


def test_each_early_receipt_has_a_name_of_its_own_and_is_found_by_it():
    one, other = early_receipt(), early_receipt()
    assert one != other
    assert receipt_of(job_of(one)) == one
    assert receipt_of(job_of("train.jsonl", "report.json", "receipt.json")) == "receipt.json"
    assert receipt_of(job_of("receipt-0.jsonl")) == "receipt.json"


def test_papers_are_no_files_of_rows_and_files_of_rows_are_no_papers_whatever_their_split_is_called():
    assert all(is_paper(name) for name in ("report.html", "report.json", "receipt.json", early_receipt()))
    assert not any(
        is_paper(f"{split}{kind}") for split in ("train", "receipt-00000000") for kind in (".jsonl", ".parquet")
    )
