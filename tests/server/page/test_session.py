from __future__ import annotations

import time
from html import unescape

import httpx
import pytest
from itsdangerous import TimestampSigner

from hf_synth.server.keys import revoke_key
from server.page.conftest import TOKEN, Person
from serving import generate, settings_of, site

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def test_who_is_signed_out_is_asked_for_a_key(person):
    answer = person().http.get("/")
    assert answer.status_code == 200
    assert '<label for="key">API key</label>' in answer.text
    assert 'type="password"' in answer.text


def test_every_page_forbids_what_it_does_not_need(person):
    http = person().sign_in().http
    for path in ("/", "/jobs/none", "/nowhere", "/sign-in"):
        headers = http.get(path).headers
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_a_session_is_a_strict_cookie_that_scripts_cannot_read_and_that_does_not_hold_the_key(person):
    one = person()
    answer = one.http.post("/sign-in", data={"token": one.token(), "key": one.key}, follow_redirects=False)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("hf_synth=")
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= flags
    assert "secure" not in flags
    assert one.key.split("_", maxsplit=2)[2] not in cookie


def test_by_https_the_cookie_is_kept_from_http_and_from_neighbours(tmp_path):
    with site(settings_of(tmp_path, public_url="https://synth.example"), working=False) as one:
        cookie = httpx.get(one.url).headers["set-cookie"]
    assert cookie.startswith("__Host-hf_synth_form=")
    assert "secure" in cookie.lower()


@pytest.mark.parametrize("key", ["", "nonsense", "hfs_000000000000_" + "x" * 43, "hfs_\u0660", "\ud800"])
def test_a_wrong_key_is_told_politely(person, key):
    one = person()
    answer = one.send("/sign-in", key=key.encode("utf-8", "surrogatepass"))
    assert answer.status_code in (400, 401)
    assert "<h1>" in answer.text
    if answer.status_code == 401:
        assert "This API key is not known here, or was revoked." in answer.text
        assert 'aria-invalid="true"' in answer.text
    assert "Sign out" not in one.http.get("/").text


def test_signing_in_leads_back_to_where_one_was(person, served):
    one = person()
    job_id = generate(served.client(one.key))["job_id"]
    asked = one.http.get(f"/jobs/{job_id}/rows?split=train&page=2")
    assert asked.status_code == 401
    assert f'name="back" value="/jobs/{job_id}/rows?split=train&amp;page=2"' in asked.text
    answer = one.send("/sign-in", key=one.key, back=f"/jobs/{job_id}")
    assert answer.url.path == f"/jobs/{job_id}"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/jobs/x\r\nX: y", "x"])
def test_signing_in_leads_nowhere_else(person, back):
    one = person()
    token = one.token()
    answer = one.http.post("/sign-in", data={"token": token, "key": one.key, "back": back}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_signing_out_ends_the_session(person):
    one = person().sign_in()
    assert "API key" in one.send("/sign-out").text
    assert one.http.get("/jobs/any").status_code == 401
    assert not one.http.cookies.get("hf_synth")


def test_a_copy_of_the_cookie_is_good_for_nothing_after_signing_out_on_any_server(database_url, tmp_path):
    with (
        site(settings_of(tmp_path / "a", database=database_url), working=False) as one,
        site(settings_of(tmp_path / "b", database=database_url), working=False) as other,
    ):
        key = one.key()
        owner, elsewhere = Person(one, key).sign_in(), Person(one, key).sign_in()
        copy, there = owner.http.cookies["hf_synth"], {"Cookie": f"hf_synth={owner.http.cookies['hf_synth']}"}
        assert [httpx.get(f"{server.url}/jobs/any", headers=there).status_code for server in (one, other)] == [404, 404]
        owner.send("/sign-out")
        assert [httpx.get(f"{server.url}/jobs/any", headers=there).status_code for server in (one, other)] == [401, 401]
        assert "Sign out" not in httpx.get(one.url, headers=there).text
        assert elsewhere.http.get("/jobs/any").status_code == 404
        assert owner.sign_in().http.cookies["hf_synth"] != copy
        for person in (owner, elsewhere):
            person.http.close()


def test_who_signs_in_anew_leaves_no_session_behind(person):
    one = person().sign_in()
    former = one.http.cookies["hf_synth"]
    token = TOKEN.search(
        httpx.get(one.http.base_url, cookies={"hf_synth_form": one.http.cookies["hf_synth_form"]}).text
    )
    assert token
    one.http.post("/sign-in", data={"token": unescape(token[1]), "key": one.key})
    assert one.http.get("/jobs/any").status_code == 404
    assert one.http.cookies["hf_synth"] != former
    assert httpx.get(f"{one.http.base_url}/jobs/any", headers={"Cookie": f"hf_synth={former}"}).status_code == 401


def test_a_revoked_key_is_out_at_once(person, served):
    one = person().sign_in()
    revoke_key(served.database, one.key.split("_")[1])
    assert one.http.get("/jobs/any").status_code == 401
    assert '<label for="key">' in one.http.get("/").text


def test_a_session_is_over_after_half_a_day(person, monkeypatch):
    one = person().sign_in()
    now = int(time.time())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: now + 12 * 3600 - 60)
    assert one.http.get("/jobs/any").status_code == 404
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: now + 12 * 3600 + 60)
    assert one.http.get("/jobs/any").status_code == 401


def test_a_cookie_that_was_changed_or_is_for_something_else_is_none(person):
    one = person().sign_in()
    value = one.http.cookies["hf_synth"]
    for other in (value[:-2], "x" + value, one.http.cookies["hf_synth_form"], one.token()):
        one.http.cookies.set("hf_synth", other, domain="127.0.0.1")
        assert one.http.get("/jobs/any", headers={"Cookie": f"hf_synth={other}"}).status_code == 401


def test_a_form_without_the_token_of_its_session_is_refused(person):
    one, theirs = person().sign_in(), person().sign_in().token()
    for path in ("/sign-out", "/jobs/x/cancel", "/jobs/x/delete"):
        for fields in ({}, {"token": ""}, {"token": "x.y.z"}, {"token": theirs}):
            answer = one.http.post(path, data=fields)
            assert answer.status_code == 403, (path, fields)
            assert "This form is not of this session." in answer.text
    assert "Sign out" in one.http.get("/").text


def test_nobody_can_be_signed_in_by_another_site(person):
    one, other = person(), person()
    answer = one.http.post("/sign-in", data={"token": other.token(), "key": other.key})
    assert answer.status_code == 403
    assert not one.http.cookies.get("hf_synth")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 303),
    ],
)
def test_a_form_of_another_site_is_refused(person, headers, status):
    one = person().sign_in()
    answer = one.http.post("/sign-out", data={"token": one.token()}, headers=headers, follow_redirects=False)
    assert answer.status_code == status


def test_a_form_of_this_host_is_taken(person, served):
    one = person().sign_in()
    answer = one.http.post("/sign-out", data={"token": one.token()}, headers={"Origin": served.url})
    assert answer.status_code == 200


def test_a_large_form_is_refused(person):
    one = person()
    answer = one.http.post("/sign-in", data={"token": one.token(), "key": "x" * 5000})
    assert answer.status_code == 413
    assert "<h1>" in answer.text


def test_requests_of_the_page_count_as_those_of_the_key(person, served):
    one = person(served.key(requests_per_minute=4)).sign_in()  # two: the form, and where it leads
    assert [one.http.get("/").status_code for _ in range(3)] == [200, 200, 429]
    refused = one.http.get("/")
    assert int(refused.headers["retry-after"]) > 0
    assert "This key may send 4 requests in a minute." in refused.text


def test_a_visit_from_another_site_takes_no_session_away(person):
    one = person().sign_in()
    kept = one.http.cookies["hf_synth"]
    one.http.cookies.delete("hf_synth")  # as a browser keeps a strict cookie back
    answer = one.http.get("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert "If you are signed in already" in answer.text
    assert "hf_synth=" not in answer.headers.get("set-cookie", "").replace("hf_synth_form=", "")
    one.http.cookies.set("hf_synth", kept, domain="127.0.0.1")
    assert "Sign out" in one.http.get("/").text
