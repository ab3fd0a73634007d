"""Bodies and headers of a request that queues a job, at a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import httpx
import pytest

from hf_synth import GenerationConfig
from hf_synth.errors import ConfigError
from hf_synth.registry import resolve
from servers.model import Model
from servers.openai_server import FakeOpenAI
from serving import OFFLINE, PREFIX, Site, ended, generate, settings_of, site
from wire import Told, connected, heard, request

GENERATE = f"{PREFIX}/generate"
BODY = json.dumps(OFFLINE).encode()


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that queues and runs nothing; its bounds are tight."""
    with site(settings_of(tmp_path_factory.mktemp("idle"), most_bytes=10_000, body_seconds=0.3), working=False) as one:
        yield one


@pytest.fixture(scope="module")
def key(idle: Site) -> str:
    return idle.key()


@pytest.fixture
def client(idle: Site, key: str) -> httpx.Client:
    return idle.client(key)


def post(idle: Site, key: str, body: bytes = BODY, **headers: str) -> Told:
    return request(idle.url, GENERATE, key, body, **headers)


def test_a_body_of_the_largest_size_is_taken_and_one_byte_more_is_not(idle, key):
    assert post(idle, key, BODY + b" " * (10_000 - len(BODY))).status == 202
    told = post(idle, key, BODY + b" " * (10_001 - len(BODY)))
    assert told.problem["detail"] == "The body is larger than 10,000 bytes."
    assert told.status == 413
    assert told.headers["connection"] == "close"


def test_a_body_in_chunks_is_counted_as_it_comes(idle, key):
    assert request(idle.url, GENERATE, key, [BODY[:20], BODY[20:]]).status == 202
    assert request(idle.url, GENERATE, key, [b" " * 1000] * 50).status == 413


def test_a_length_that_is_too_large_is_refused_before_the_body_comes(idle, key):
    with connected(idle.url) as connection:
        head = (
            f"POST {GENERATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 99999999999\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert heard(connection).status == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 400, "5, 6", "²"])
def test_a_length_that_is_none_is_a_problem(idle, key, length):
    assert post(idle, key, Content_Length=length).problem["status"] in (400, 413)


def test_a_length_below_that_of_the_body_cuts_it(idle, key):
    assert post(idle, key, Content_Length="20").problem["status"] == 400


def test_a_body_that_never_comes_to_its_end_is_a_408(idle, key):
    told = post(idle, key, Content_Length=str(len(BODY) + 1))
    assert told.status == 408
    assert told.problem["detail"] == "The body did not arrive in 0.3 s."
    assert told.headers["connection"] == "close"


def test_a_client_that_leaves_in_the_middle_of_its_body_does_no_harm(idle, key, caplog):
    with connected(idle.url) as connection:
        head = f"POST {GENERATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 50\r\n\r\n{{"
        connection.sendall(head.encode())
    assert post(idle, key).status == 202
    assert not caplog.records


def test_a_body_without_a_content_type_is_read_as_json(idle, key):
    told = post(idle, key)
    assert told.status == 202
    assert told.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "headers",
    [{"Content_Type": "text/yaml"}, {"Content_Type": "multipart/form-data; boundary=x"}, {"Content_Encoding": "gzip"}],
    ids=str,
)
def test_a_body_that_is_no_plain_json_by_its_headers_is_a_415(idle, key, headers):
    told = post(idle, key, **headers)
    assert told.status == 415
    assert told.problem["hint"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{", 400), (b"[]", 422), (b'{"count": 1, "count": 2}', 422), (b"\xff", 400)]
)
def test_a_body_that_is_no_config_is_a_problem(idle, key, body, status):
    assert post(idle, key, body).problem["status"] == status


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "instruct_v1"},
        {"domian": "x"},
        {"count": "ten"},
        {"domain": "\ud800"},
        {"splits": {"train": 0.5}},
        {"run": {"executor": "ray"}},
        {"models": {"generator": {"provider": "openai", "model": "m", "params": {"n": 3}}}},
        {"models": {"generator": "offline", "critic": "offline"}},
        {"self": 1},
        {"": 1},
    ],
    ids=str,
)
def test_what_the_library_has_against_a_config_is_told_in_its_own_words(client, changes):
    values = {**OFFLINE, **changes}
    with pytest.raises(ConfigError) as caught:
        resolve(GenerationConfig(**values), {})
    answer = client.post(GENERATE, content=json.dumps(values))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["detail"] == str(caught.value)
    assert told["type"] == "urn:hf-synth:error:ConfigError"


def test_what_the_operator_does_not_allow_is_a_403_that_says_what_would(client):
    answer = client.post(GENERATE, json={**OFFLINE, "source": "/etc/passwd"})
    assert answer.status_code == 403
    assert "needs --allow source" in answer.json()["detail"]


class TestWhatARunWouldSayBeforeItsFirstCall:
    """It is said when the job is sent."""

    ASKING: ClassVar[dict[str, Any]] = {**OFFLINE, "models": {"generator": "openai:gpt-4o"}}

    @pytest.mark.parametrize(
        ("config", "provider"),
        [
            (ASKING, "openai"),
            ({**OFFLINE, "models": {}, "tier": "premium"}, "anthropic"),
            ({**OFFLINE, "models": {"generator": "hf:org/model"}}, "hf"),
            (
                {**OFFLINE, "schema": "preference_v1", "models": {"generator": "offline", "critic": "openai:x"}},
                "openai",
            ),
        ],
    )
    def test_a_key_that_the_server_does_not_have(self, client, config, provider):
        answer = client.post(GENERATE, json=config)
        told = answer.json()
        assert (answer.status_code, told["type"]) == (403, "urn:hf-synth:error:NoKey")
        assert told["detail"] == f"This server has no key for provider {provider}. {told['hint']}"
        assert told["hint"] == "Ask whoever runs this server; models.generator = 'offline' needs none."
        assert "API_KEY" not in answer.text

    def test_a_variable_that_the_job_names_and_the_server_does_not_have(self, tmp_path, monkeypatch):
        model = {"provider": "openai", "model": "m", "base_url": "http://127.0.0.1:1/v1", "api_key_env": "GARDEN_KEY"}
        config = {**OFFLINE, "models": {"generator": model}}
        with site(settings_of(tmp_path, allow=("api_key_env", "base_url")), working=False) as one:
            answer = one.client().post(GENERATE, json=config)
            assert answer.status_code == 403
            assert answer.json()["detail"].startswith("This server has no key in GARDEN_KEY. ")
            monkeypatch.setenv("GARDEN_KEY", "sk-garden")
            assert one.client().post(GENERATE, json=config).status_code == 202
            del model["api_key_env"]  # servers of one's own may be asked without
            assert one.client().post(GENERATE, json=config).status_code == 202

    def test_a_key_that_would_travel_in_the_clear_is_told_without_its_way(self, client, monkeypatch):
        monkeypatch.setenv("OPENAI_BASE_URL", "http://inner.example/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        answer = client.post(GENERATE, json=self.ASKING)
        assert answer.status_code == 403
        assert answer.json()["detail"].startswith("This server has no key that it may send to provider openai.")
        assert "inner" not in answer.text

    def test_with_the_key_it_is_taken(self, client, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        assert client.post(GENERATE, json=self.ASKING).status_code == 202

    def test_a_server_that_runs_no_jobs_leaves_keys_to_those_that_do(self, tmp_path):
        with site(settings_of(tmp_path, jobs=0), working=False) as one:
            assert one.client().post(GENERATE, json=self.ASKING).status_code == 202

    def test_a_language_without_templates(self, client):
        answer = client.post(GENERATE, json={**OFFLINE, "constraints": {"language": "ja"}})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:hf-synth:error:ConfigError")
        assert "not 'ja' (constraints.language)" in answer.json()["detail"]

    def test_what_is_on_record_needs_no_key(self, tmp_path, monkeypatch):
        with FakeOpenAI(model=Model()) as model, site(settings_of(tmp_path)) as one:
            monkeypatch.setenv("OPENAI_BASE_URL", model.url)
            monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
            client = one.client()
            assert ended(client, generate(client, self.ASKING)["job_id"])["status"] == "completed"
            monkeypatch.delenv("OPENAI_API_KEY")
            assert ended(client, generate(client, self.ASKING)["job_id"])["status"] == "completed"
            assert client.post(GENERATE, json={**self.ASKING, "count": 7}).status_code == 403


def test_a_cost_beyond_all_numbers_is_told(tmp_path):
    price = {"input": 1e308, "output": 1e308}
    model = {"provider": "openai", "model": "m", "price": price}
    with site(settings_of(tmp_path, allow=("price",)), working=False) as one:
        answer = one.client().post(GENERATE, json={**OFFLINE, "models": {"generator": model}})
    assert answer.status_code == 422
    assert "more than can be told" in answer.json()["detail"]


@pytest.mark.parametrize("given", ["", "x" * 256, "with space", "tab\there", "né", '"quoted key"'])
def test_an_idempotency_key_of_odd_characters_or_length_is_refused(idle, key, given):
    told = post(idle, key, Idempotency_Key=given)
    assert told.status == 422
    assert "idempotency-key" in told.problem["detail"]


def test_an_idempotency_key_leads_to_one_job_by_value_and_not_by_bytes(idle, key):
    first = post(idle, key, Idempotency_Key="!~" + "k" * 253)
    again = post(idle, key, json.dumps(OFFLINE, indent=2, sort_keys=True).encode(), Idempotency_Key="!~" + "k" * 253)
    other = post(idle, key, json.dumps({**OFFLINE, "seed": 5}).encode(), Idempotency_Key="!~" + "k" * 253)
    assert (first.status, again.status) == (202, 202)
    assert json.loads(first.body)["job_id"] == json.loads(again.body)["job_id"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == json.loads(first.body)["links"]["self"]
    assert other.problem["status"] == 409


def test_requests_with_one_idempotency_key_at_once_make_one_job(idle, key):
    told: list[Told] = []
    threads = [
        threading.Thread(target=lambda: told.append(post(idle, key, Idempotency_Key="at once"[:2]))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in told} == {202}
    assert len({json.loads(answer.body)["job_id"] for answer in told}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in told) == 1


def test_the_answer_names_the_job_where_it_is_and_what_it_takes(client):
    told = generate(client)
    assert told["status"] == "queued"
    assert set(told["estimate"]["likely"]) == {"cost", "calls", "input_tokens", "output_tokens"}
    assert client.get(told["links"]["self"]).json()["config"] == OFFLINE
