from __future__ import annotations

from serving import PREFIX, Site, ended, generate, look


def test_a_job_goes_from_queued_to_completed_with_its_figures(served: Site):
    client = served.client()
    told = generate(client, count=12)
    assert told["status"] in ("queued", "running")
    assert told["estimate"]["likely"]["cost"] == 0
    job = ended(client, told["job_id"])
    assert job["status"] == "completed", job
    figures = job["statistics"]
    assert (figures["rows_requested"], figures["rows_accepted"]) == (12, 12)
    assert figures["calls"] > 12
    assert figures["output_tokens"] > 0


def test_one_key_never_sees_another_ones_jobs(served: Site):
    mine, other = served.client(), served.client()
    job_id = generate(mine)["job_id"]
    assert other.get(f"{PREFIX}/jobs/{job_id}").status_code == 404
    assert other.get(f"{PREFIX}/jobs").json()["jobs"] == []
    assert look(mine, job_id)["job_id"] == job_id


def test_lists_and_events_leave_out_what_may_be_long_of_a_config(served: Site):
    client = served.client()
    config = {"guidance": "Be brief.", "outline": {"topics": ["roses", "tulips"]}}
    job_id = generate(client, **config)["job_id"]
    ended(client, job_id)
    listed = client.get(f"{PREFIX}/jobs").json()["jobs"][0]["config"]
    assert listed == {name: value for name, value in look(client, job_id)["config"].items() if name not in config}
    assert listed["domain"] == "gardens"
    assert "tulips" not in client.get(f"{PREFIX}/jobs/{job_id}/events").text
