"""Who asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hf_synth.server.keys import revoke_key
from serving import PREFIX, Site, settings_of, site
from wire import Told, exchange, request

JOBS = f"{PREFIX}/jobs"


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(settings_of(tmp_path_factory.mktemp("idle")), working=False) as one:
        yield one


def look(idle: Site, **headers: Any) -> Told:
    return request(idle.url, JOBS, method="GET", **headers)


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}"])
def test_a_key_is_taken_in_any_case_of_its_scheme(idle, form):
    assert look(idle, Authorization=form.format(idle.key())).status == 200


@pytest.mark.parametrize(
    "form",
    [
        "",
        "Bearer",
        "Bearer ",
        "{}",
        "Basic {}",
        "Bearer {}x",
        "Bearer {} {}",
        "Bearer {},{}",
        'Bearer "{}"',
        "Bearer: {}",
        "Token {}",
        "Bearer hfs_000000000000_" + "A" * 43,
        "Bearer " + "é" * 20,
        "Bearer " + "x" * 10_000,
        "Bearer hfs_'; DROP TABLE keys; --",
        "Bearer ٠٠٠".encode().decode("latin-1"),
    ],
)
def test_every_other_form_is_a_401_with_a_challenge(idle, form):
    key = idle.key()
    told = look(idle, Authorization=form.replace("{}", key))
    assert told.status == 401
    assert told.headers["www-authenticate"] == 'Bearer realm="hf_synth"'
    assert key not in told.problem["detail"]


def test_a_request_without_a_key_is_a_401_and_its_body_is_not_looked_at(idle):
    told = request(idle.url, f"{PREFIX}/generate", body=b"no JSON at all")
    assert told.status == 401
    assert "Authorization: Bearer" in told.problem["detail"]


def test_a_key_in_the_query_or_as_the_wrong_header_is_none(idle):
    key = idle.key()
    assert request(idle.url, f"{JOBS}?access_token={key}&key={key}", method="GET").status == 401
    assert look(idle, X_API_Key=key).status == 401


def test_of_two_keys_the_second_is_not_taken_for_the_first(idle):
    key, other = idle.key(), idle.key()
    head = f"GET {JOBS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}x\r\nAuthorization: Bearer {other}\r\n\r\n"
    assert exchange(idle.url, head.encode()).status == 401


def test_a_revoked_key_is_refused_at_once(idle):
    key = idle.key("leaving")
    assert look(idle, Authorization=f"Bearer {key}").status == 200
    revoke_key(idle.database, "leaving")
    assert look(idle, Authorization=f"Bearer {key}").status == 401


def test_the_sixth_request_of_five_a_minute_is_a_429_and_other_keys_go_on(idle):
    few, other = idle.client(requests_per_minute=5), idle.client(requests_per_minute=5)
    assert [few.get(JOBS).status_code for _ in range(7)] == [200] * 5 + [429] * 2
    told = few.get(JOBS)
    assert 1 <= int(told.headers["Retry-After"]) <= 60
    assert told.json()["detail"].startswith("This key may send 5 requests in a minute.")
    assert few.post(f"{PREFIX}/generate", json={}).status_code == 429
    assert other.get(JOBS).status_code == 200
    assert idle.client().get(JOBS).status_code == 200
