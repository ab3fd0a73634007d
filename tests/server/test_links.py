"""Addresses that anybody may read one file at for a while."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer

from hf_synth.server.database import Database
from hf_synth.server.keys import revoke_key
from hf_synth.server.links import opened
from hf_synth.server.services import Services
from hf_synth.server.store import Store
from hf_synth.server.throttle import Throttle
from hf_synth.server.watch import Watch
from serving import PREFIX, Site, ended, generate


@pytest.fixture(scope="module")
def job(served: Site) -> tuple[httpx.Client, str]:
    client = served.client()
    job_id = generate(client, count=8, splits={"train": 6, "test": 2})["job_id"]
    ended(client, job_id)
    return client, job_id


@pytest.fixture
def services(served: Site) -> Services:
    """As the server has them."""
    database: Database = served.database
    return Services(
        served.settings, database, Store(served.settings.store_url), Watch(database), Throttle(), database.secret()
    )


def url_of(job: tuple[httpx.Client, str], **query: Any) -> dict[str, Any]:
    answer = job[0].get(f"{PREFIX}/jobs/{job[1]}/results/url", params={"split": "train", **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def token_of(told: dict[str, Any]) -> str:
    return told["url"].rpartition("/")[2]


def test_a_link_needs_no_key_and_reads_the_file(job):
    told = url_of(job)
    assert set(told) == {"url", "expires_at"}
    rows = job[0].get(f"{PREFIX}/jobs/{job[1]}/results?split=train").content
    answer = httpx.get(told["url"])
    assert answer.content == rows
    assert answer.headers["content-length"] == str(len(rows))
    assert answer.headers["content-disposition"] == 'attachment; filename="instruction_v1-train.jsonl"'
    assert httpx.get(told["url"], headers={"Range": "bytes=2-5"}).content == rows[2:6]
    assert httpx.head(told["url"]).headers["content-length"] == str(len(rows))
    assert httpx.get(told["url"], headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    parquet = httpx.get(url_of(job, format="parquet")["url"]).content
    assert (parquet[:4], parquet[-4:]) == (b"PAR1", b"PAR1")


@pytest.mark.parametrize("seconds", [None, 60, 604_800])
def test_it_tells_when_it_expires(job, seconds):
    told = url_of(job, **({} if seconds is None else {"expires_in": seconds}))
    left = datetime.fromisoformat(told["expires_at"]).timestamp() - time.time()
    assert 0 < (seconds or 3600) - left < 30 or left <= (seconds or 3600)


def test_an_expired_link_is_refused(job, services, served):
    payload = services.signer("file").loads(token_of(url_of(job)))
    assert 3500 < payload["ends"] - time.time() <= 3600
    late = services.signer("file").dumps({**payload, "ends": int(time.time()) - 1})
    answer = httpx.get(f"{served.url}{PREFIX}/files/{late}")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert "expired" in answer.json()["detail"]


def test_a_link_that_was_changed_is_refused(job, served):
    token = token_of(url_of(job))
    payload, made, signature = token.rsplit(".", 2)
    other = token_of(url_of(job, split="test"))
    forged = [token[:-1], token + "A", f"{token[:-2]}{'AA' if token[-2:] != 'AA' else 'BB'}", payload, signature]
    forged += [f"{other.rsplit('.', 2)[0]}.{made}.{signature}", f"{payload}.AAAAAA.{signature}", f"{payload}.{made}."]
    forged += [token.swapcase(), token[::-1], "x", "..", "%00", "é", "a" * 5000]
    for one in forged:
        answer = httpx.get(f"{served.url}{PREFIX}/files/{one}")
        assert answer.status_code in (403, 404), one
        assert answer.headers["content-type"] == "application/problem+json"
    assert httpx.get(f"{served.url}{PREFIX}/files/{token}").status_code == 200


def test_a_signature_for_something_else_opens_no_file(job, services, served):
    payload = services.signer("file").loads(token_of(url_of(job)))
    for other in (
        services.signer("session"),
        services.signer(""),
        URLSafeTimedSerializer("another secret", salt="file"),
        URLSafeTimedSerializer(services.secret, salt="file"),  # another digest
    ):
        assert httpx.get(f"{served.url}{PREFIX}/files/{other.dumps(payload)}").status_code == 403


def test_a_link_is_for_one_file_alone(job, services):
    file = opened(services, token_of(url_of(job, split="test", format="parquet")))
    assert (file.job.id, file.split, file.kind) == (job[1], "test", "parquet")
    assert file.path == f"jobs/{job[1]}/001.parquet"


def test_a_link_to_a_deleted_job_leads_nowhere(served):
    client = served.client()
    job_id = generate(client, count=2)["job_id"]
    ended(client, job_id)
    told = url_of((client, job_id))
    assert httpx.get(told["url"]).status_code == 200
    client.delete(f"{PREFIX}/jobs/{job_id}")
    assert httpx.get(told["url"]).status_code == 404


def test_a_link_of_a_revoked_key_reads_nothing(served):
    client = served.client(served.key("left the team"))
    job_id = generate(client, count=2)["job_id"]
    ended(client, job_id)
    url = client.get(f"{PREFIX}/jobs/{job_id}/results/url").json()["url"]
    assert httpx.get(url).status_code == 200
    revoke_key(served.database, "left the team")
    answer = httpx.get(url)
    assert answer.status_code == 404
    assert "revoked" in answer.json()["detail"]


def test_of_a_deleted_job_no_rows_stay_but_in_the_journal(served):
    client = served.client()
    job_id = generate(client, count=2, domain="a rare domain")["job_id"]
    ended(client, job_id)
    client.delete(f"{PREFIX}/jobs/{job_id}")
    left = [path for path in served.settings.data.rglob("*") if path.suffix in (".arrow", ".parquet")]
    assert not [path for path in left if b"a rare domain" in path.read_bytes()]
    assert not list(served.settings.data.glob(f"results/jobs/{job_id}/*"))
