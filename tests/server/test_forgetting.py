from __future__ import annotations

from pathlib import Path

import pytest

from databases import claimed, end, key_of, queued
from hf_synth.server.forgetting import forget
from hf_synth.server.jobs import find_job
from hf_synth.server.refusals import JobConflict
from hf_synth.server.store import Store, StoreFailed
from serving import PREFIX, ended, generate, settings_of, site


def test_a_job_whose_results_cannot_be_removed_is_there_to_be_deleted_again(database, tmp_path):
    key = key_of(database)
    job_id = queued(database, key).id
    assert claimed(database) == [job_id]
    end(database, "worker", job_id)
    job = find_job(database, key, job_id)
    assert job is not None
    store = Store(str(tmp_path / "store"))
    store.write(f"jobs/{job.id}/000.jsonl", b"{}\n")
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").write_text("in the way")
    with pytest.raises(StoreFailed):
        forget(database, store, job)
    assert find_job(database, key, job.id)
    (tmp_path / "store").unlink()
    (tmp_path / "away").rename(tmp_path / "store")
    forget(database, store, job)
    assert find_job(database, key, job.id) is None
    assert not list((tmp_path / "store").rglob("*.jsonl"))


def test_a_job_whose_results_are_on_a_disk_that_is_not_mounted_is_there_to_be_deleted_again(tmp_path):
    with site(settings_of(tmp_path)) as one:
        client, place = one.client(), Path(one.settings.store_url)
        job = f"{PREFIX}/jobs/{ended(client, generate(client)['job_id'])['job_id']}"
        place.rename(tmp_path / "away")
        place.mkdir()
        answer = client.delete(job)
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        assert client.get(job).status_code == 200
        assert client.get(f"{job}/report").status_code == 503
        place.rmdir()
        (tmp_path / "away").rename(place)
        assert client.get(f"{job}/report").status_code == 200
        assert client.delete(job).status_code == 204
        assert client.get(job).status_code == 404
        assert not list(place.rglob("*.jsonl"))


def test_a_job_that_goes_on_keeps_its_rows(database, tmp_path):
    job = queued(database, key_of(database))
    store = Store(str(tmp_path / "store"))
    store.write(f"jobs/{job.id}/000.jsonl", b"{}\n")
    with pytest.raises(JobConflict, match="Cancel it first"):
        forget(database, store, job)
    assert list((tmp_path / "store").rglob("*.jsonl"))
