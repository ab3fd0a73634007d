"""What stands in the log of a real server, and where the key of a provider does not."""

from __future__ import annotations

import json
import shutil
import signal
from contextlib import suppress
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from generating import recipe
from servers.openai_server import FakeOpenAI, error
from serving import PREFIX, Process, ended, generate, settings_of
from wire import exchange, request

PROVIDER_KEY = "sk-canary-provider-8f3a1b6c9d2e"
DOMAIN, GUIDANCE, REPLAY, WRONG = "canary-domain-1", "canary-guidance-2", "canary-replay-3", "canary-key-4"
BREAK = "CREATE TRIGGER broken BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"


def config(model: FakeOpenAI, **changes: Any) -> dict[str, Any]:
    made = recipe(model, domain=DOMAIN, guidance=GUIDANCE, count=3, **changes)
    del made["models"]["generator"]["base_url"]
    return made


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_no_key_prompt_row_or_config_is_in_the_log_and_a_providers_key_is_nowhere(tmp_path):
    def answer(body: dict[str, Any], headers: Any) -> Any:
        if body["model"] == "refusing":
            return error(401, f"Incorrect key {headers['authorization']} for {json.dumps(body['messages'])}")
        return model.answer(body, headers)

    told: list[str] = []
    with FakeOpenAI(answer) as model:
        environment = {"OPENAI_API_KEY": PROVIDER_KEY, "OPENAI_BASE_URL": model.url}
        with Process(settings_of(tmp_path), **environment) as server:
            key = server.site.key()
            client = server.site.client(key)
            client.event_hooks["response"] = [lambda response: told.append(response.read().decode())]
            good = ended(client, generate(client, config(model))["job_id"])
            bad = ended(client, generate(client, config(model, generator={"model": "refusing"}))["job_id"])
            assert (good["status"], bad["status"]) == ("completed", "failed")
            assert bad["error"]["type"] == "AuthenticationFailed"
            assert {one.headers["authorization"] for one in model.requests} == {f"Bearer {PROVIDER_KEY}"}
            rows = [
                json.loads(line) for line in client.get(f"{PREFIX}/jobs/{good['job_id']}/results").text.splitlines()
            ]
            assert len(rows) == 3
            client.get(f"{PREFIX}/jobs/{bad['job_id']}/events")

            for body in (config(model, schema=DOMAIN), config(model, source=GUIDANCE), [DOMAIN]):
                assert client.post(f"{PREFIX}/generate", json=body).status_code in (403, 422)
            assert request(server.site.url, f"{PREFIX}/jobs", WRONG, method="GET").status == 401
            assert request(server.site.url, f"{PREFIX}/{WRONG}", key, Host=f"[{WRONG}").status == 400
            assert exchange(server.site.url, f"{WRONG} {DOMAIN}\r\n\r\n".encode()).status == 400
            with server.site.database.write() as connection:
                connection.execute(sa.text(BREAK))
            replay = {"Idempotency-Key": REPLAY}
            assert client.post(f"{PREFIX}/generate", json=config(model), headers=replay).status_code == 500
            shutil.rmtree(server.site.settings.data / "results")
            gone = client.get(f"{PREFIX}/jobs/{good['job_id']}/results/url").json()["url"]
            with suppress(IncompleteRead):  # what has begun is cut
                assert request(server.site.url, "/" + gone.split("/", 3)[3], method="GET").status >= 400
            log = server.log.read_text()
            kept = [path.read_bytes() for path in files(server.site.settings.data)]
            assert server.end(signal.SIGTERM) == 0
            log += server.log.read_text()

    assert f"{good['job_id']} completed" in log
    assert f"{bad['job_id']} failed: AuthenticationFailed" in log
    assert "POST: IntegrityError" in log
    canaries = [PROVIDER_KEY, key, key.rsplit("_", 1)[1], DOMAIN, GUIDANCE, REPLAY, WRONG, "broken on purpose"]
    assert not [word for word in canaries if word in log]
    assert not [row for row in rows if row["instruction"][:40] in log or row["response"][:40] in log]
    assert not [text for text in told if PROVIDER_KEY in text]
    assert not [raw for raw in kept if PROVIDER_KEY.encode() in raw or key.encode() in raw]
    assert [raw for raw in kept if DOMAIN.encode() in raw]  # the search finds what is there
