from __future__ import annotations

import json

from serving import PREFIX, Site, ended, generate, look, settings_of, site


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


def test_a_job_that_waits_is_told_with_the_reason_also_where_that_changes(tmp_path, monkeypatch):
    import hf_synth.server.routes.jobs as routes

    monkeypatch.setattr(routes, "_HEARTBEAT", 0.2)
    with site(settings_of(tmp_path), working=False) as served:
        client = served.client()
        first, second = (generate(client, seed=seed)["job_id"] for seed in (1, 2))
        reason = "a place to run: 1 job is before it"
        assert look(client, second)["statistics"]["waiting_for"] == reason
        assert client.get(f"{PREFIX}/jobs").json()["jobs"][0]["statistics"]["waiting_for"] == ""
        with client.stream("GET", f"{PREFIX}/jobs/{second}/events") as events:
            lines = events.iter_lines()
            told = (json.loads(line[6:])["statistics"]["waiting_for"] for line in lines if line.startswith("data: "))
            assert next(told) == reason
            client.post(f"{PREFIX}/jobs/{first}/cancel")
            assert next(told) == "a place to run: no jobs are before it"
            client.post(f"{PREFIX}/jobs/{second}/cancel")
            assert next(told) == ""
