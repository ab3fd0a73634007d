from __future__ import annotations

import json
import re
from html import unescape

import httpx
import pytest

from hf_synth.server.keys import revoke_key
from server.page.conftest import Person
from servers.model import Model
from servers.openai_server import FakeOpenAI
from servers.openai_server import error as refusal
from serving import PREFIX, ended, generate, look, settings_of, site

HOSTILE = "<script>alert(1)</script> & \"'\u202e x"


def test_jobs_are_listed_with_how_they_go(person, served):
    one = person()
    client = served.client(one.key)
    job_id = generate(client, count=8)["job_id"]
    ended(client, job_id)
    text = one.sign_in().http.get("/").text
    assert f'href="/jobs/{job_id}"' in text
    for words in ("gardens", "instruction_v1", "completed", "8 of 8", '<progress max="8" value="8"', "$0.00"):
        assert words in text


def test_jobs_are_listed_by_status_and_by_the_page(idle, monkeypatch):
    import hf_synth.server.page.jobs as page

    monkeypatch.setattr(page, "_AT_ONCE", 2)
    one = Person(idle, idle.key())
    client = idle.client(one.key)
    ids = [generate(client, seed=seed)["job_id"] for seed in range(5)]
    other = generate(client)["job_id"]
    client.post(f"{PREFIX}/jobs/{other}/cancel")
    http = one.sign_in().http
    seen, path = [], "/?status=queued"
    while path:
        text = http.get(path).text
        seen += re.findall(r'href="/jobs/(\w+)"', text)
        older = re.search(r'href="([^"]+)">Older', text)
        path = unescape(older[1]) if older else ""
        assert not path or "status=queued" in path
    assert seen == ids[::-1]
    assert "There is no job with this status." in http.get("/?status=failed").text
    assert other in http.get("/?status=all").text
    http.close()


def test_the_command_that_is_shown_sends_a_job(person, served):
    one = person().sign_in()
    command = re.search(r"<code>curl (\S+)(?:.+?)-d (.+?)</code>", one.http.get("/").text, re.DOTALL)
    assert command
    address, body = command[1], json.loads(unescape(command[2]).strip("'"))
    assert address == f"{served.url}{PREFIX}/generate"
    answer = httpx.post(address, json={**body, "models": {"generator": "offline"}}, headers={
        "Authorization": f"Bearer {one.key}"
    })  # fmt: skip
    assert answer.status_code == 202


def test_texts_of_users_are_shown_as_texts(person, served):
    one = person(served.key(f"<b>{HOSTILE.replace(chr(0x202E), '')}"))
    client = served.client(one.key)
    job_id = generate(client, domain=HOSTILE)["job_id"]
    ended(client, job_id)
    http = one.sign_in().http
    for path in ("/", f"/jobs/{job_id}", f"/jobs/{job_id}/rows", f"/jobs/{job_id}/delete"):
        text = http.get(path).text
        assert "<script>alert" not in text, path
        assert "<b>" not in text, path
        assert f"<bdi>{'&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;&#39;'}" in text, path


def test_a_failed_job_tells_why_and_what_helps(person, served, monkeypatch):
    one = person()
    client = served.client(one.key)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    with FakeOpenAI(model=Model(rule=lambda *_: refusal(401, "Incorrect key", "invalid_api_key"))) as model:
        monkeypatch.setenv("OPENAI_BASE_URL", model.url)
        job_id = generate(client, models={"generator": "openai:gpt-4o"})["job_id"]
        error = ended(client, job_id)["error"]
    text = unescape(one.sign_in().http.get(f"/jobs/{job_id}").text)
    told = error["detail"].removesuffix(error["hint"])
    assert [text.count(words) for words in (error["title"], told, error["hint"])] == [1, 1, 1]
    assert '"generator": "openai:gpt-4o"' in text


def test_a_job_is_followed_by_events_that_hold_what_is_shown(person, served):
    one = person()
    job_id = generate(served.client(one.key), domain="two\r\nlines")["job_id"]
    http = one.sign_in().http
    with http.stream("GET", f"/jobs/{job_id}/live") as stream:  # ends with the job
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        events = stream.read().decode().split("\n\n")
    drawn = ["\n".join(re.findall(r"^data: (.*)$", event, re.MULTILINE)) for event in events if "event: job" in event]
    assert len(drawn) >= 1
    assert 'data-say="The job is completed." data-ended' in drawn[-1]
    assert drawn[-1].strip() in http.get(f"/jobs/{job_id}").text


def test_a_job_that_waits_tells_what_it_waits_for(idle):
    one = Person(idle, idle.key())
    job_id = generate(idle.client(one.key))["job_id"]
    assert "It waits for a place to run: " in one.sign_in().http.get(f"/jobs/{job_id}").text
    one.http.close()


def test_nobody_follows_a_job_without_a_session(person, served):
    one = person()
    job_id = generate(served.client(one.key))["job_id"]
    assert one.http.get(f"/jobs/{job_id}/live").status_code == 401
    assert one.http.get(f"/jobs/{job_id}/live", headers={"Authorization": f"Bearer {one.key}"}).status_code == 401


def test_who_follows_a_job_is_left_when_the_key_is_revoked(idle):
    one = Person(idle, idle.key())
    job_id = generate(idle.client(one.key))["job_id"]
    with one.sign_in().http.stream("GET", f"/jobs/{job_id}/live") as stream:
        pieces = stream.iter_text()
        assert "queued" in next(pieces)
        revoke_key(idle.database, one.key.split("_")[1])
        assert "".join(pieces).replace(": still here\n\n", "") == ""
    one.http.close()


def test_who_follows_a_job_is_left_when_they_sign_out(idle):
    one = Person(idle, idle.key())
    client = idle.client(one.key)
    job_id = generate(client)["job_id"]
    copy = httpx.Client(base_url=idle.url, cookies={"hf_synth": one.sign_in().http.cookies["hf_synth"]}, timeout=60)
    with copy, copy.stream("GET", f"/jobs/{job_id}/live") as stream:
        pieces = stream.iter_text()
        assert "queued" in next(pieces)
        one.send("/sign-out")
        client.post(f"{PREFIX}/jobs/{job_id}/cancel")  # a change, at which it is looked at again
        assert "".join(pieces).replace(": still here\n\n", "") == ""
    one.http.close()


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """A server that runs no job."""
    with site(settings_of(tmp_path_factory.mktemp("idle")), working=False) as one:
        yield one


def test_a_job_is_cancelled_and_deleted_without_a_script(idle):
    one = Person(idle, idle.key())
    client = idle.client(one.key)
    job_id = generate(client)["job_id"]
    one.sign_in()
    assert "It has not ended. Cancel it first." in one.http.get(f"/jobs/{job_id}/delete").text
    assert one.send(f"/jobs/{job_id}/delete").status_code == 409
    answer = one.send(f"/jobs/{job_id}/cancel", seen_on=f"/jobs/{job_id}")
    assert answer.url.path == f"/jobs/{job_id}"
    assert look(client, job_id)["status"] == "cancelled"
    assert f'href="/jobs/{job_id}/delete"' in answer.text
    assert "Delete this job?" in one.http.get(f"/jobs/{job_id}/delete").text
    assert look(client, job_id)["status"] == "cancelled"
    assert one.send(f"/jobs/{job_id}/delete", seen_on=f"/jobs/{job_id}/delete").url.path == "/"
    assert client.get(f"{PREFIX}/jobs/{job_id}").status_code == 404
    assert one.http.get(f"/jobs/{job_id}").status_code == 404
    one.http.close()
