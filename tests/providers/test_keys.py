"""Which key goes where, and that no text shows one."""

from __future__ import annotations

from typing import Any

import pytest

from hf_synth.errors import AuthenticationFailed, ConfigError
from hf_synth.protocols import ProviderKind
from hf_synth.providers._keys import address, find_key, is_loopback, redact
from hf_synth.providers.anthropic import PROVIDER as ANTHROPIC
from hf_synth.providers.hf import PROVIDER as HF
from hf_synth.providers.openai import PROVIDER as OPENAI
from hf_synth.types import Endpoint
from providers.calls import Options

KEY = "sk-proj-A1b2C3d4E5f6G7h8I9j0"
ENV = {
    "OPENAI_API_KEY": "sk-openai",
    "ANTHROPIC_API_KEY": "sk-ant",
    "HF_TOKEN": "hf_token",
    "MY_KEY": "sk-mine",
}


def found(kind: ProviderKind, url: str | None = None, env: dict[str, str] | None = None, **also: Any) -> str | None:
    return find_key(kind, Endpoint(kind.name, "m", url, **also), ENV if env is None else env)


@pytest.mark.parametrize(
    ("kind", "key"), [(OPENAI, "sk-openai"), (ANTHROPIC, "sk-ant"), (HF, "hf_token")], ids=lambda value: str(value)[:20]
)
def test_the_default_key_goes_to_the_providers_own_host(kind: ProviderKind, key: str) -> None:
    assert found(kind) == key
    assert found(kind, kind.default_base_url) == key
    assert found(kind, kind.default_base_url, configured=True) == key


def test_the_default_key_goes_to_a_base_url_of_the_environment() -> None:
    env = ENV | {"OPENAI_BASE_URL": "https://gateway.example/v1/"}
    assert found(OPENAI, "https://gateway.example/v1", env) == "sk-openai"


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/v1",
        "https://api.openai.com.evil.example/v1",
        "https://api.openai.com:8443/v1",
        "http://api.openai.com/v1",
        "https://evil.example/api.openai.com",
        "http://localhost:8000/v1",
    ],
)
def test_a_base_url_of_a_config_gets_no_default_key(url: str) -> None:
    assert found(OPENAI, url, configured=True) is None


def test_a_base_url_that_only_claims_the_environment_gets_no_default_key() -> None:
    assert found(OPENAI, "https://elsewhere.example/v1", configured=False) is None


def test_a_base_url_of_a_config_gets_the_key_it_names() -> None:
    assert found(OPENAI, "https://elsewhere.example/v1", configured=True, api_key_env="MY_KEY") == "sk-mine"
    assert found(OPENAI, "http://127.0.0.1:8000/v1", configured=True, api_key_env="MY_KEY") == "sk-mine"
    assert found(OPENAI, api_key_env="MY_KEY") == "sk-mine"


@pytest.mark.parametrize("configured", [True, False])
def test_no_key_travels_over_plain_http_to_another_machine(configured: bool) -> None:
    env = ENV | {"OPENAI_BASE_URL": "http://10.0.0.5:8000/v1"}
    named = "MY_KEY" if configured else None
    with pytest.raises(ConfigError, match="unencrypted") as caught:
        found(OPENAI, "http://10.0.0.5:8000/v1", env, configured=configured, api_key_env=named)
    assert "sk-" not in str(caught.value)


def test_a_keyless_server_may_be_anywhere() -> None:
    assert found(OPENAI, "http://10.0.0.5:8000/v1", {}, configured=True) is None


@pytest.mark.parametrize("held", [None, "", "  "])
@pytest.mark.parametrize(("kind", "name"), [(OPENAI, "OPENAI_API_KEY"), (HF, "HF_TOKEN")], ids=["openai", "hf"])
def test_a_missing_key_names_the_variable_and_the_way_without_one(
    held: str | None, kind: ProviderKind, name: str
) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        found(kind, env={} if held is None else {name: held})
    assert name in str(caught.value)
    assert "offline" in str(caught.value)


def test_a_named_key_that_is_missing_is_not_replaced_by_another() -> None:
    with pytest.raises(AuthenticationFailed, match="NOT_SET"):
        found(OPENAI, "https://elsewhere.example/v1", configured=True, api_key_env="NOT_SET")


def test_the_line_end_of_a_key_file_is_taken_off_and_a_broken_key_refused() -> None:
    assert found(OPENAI, env={"OPENAI_API_KEY": "sk-openai\n"}) == "sk-openai"
    for broken in ("sk-one sk-two", "sk-\nInjected: header", "sk-é"):
        with pytest.raises(AuthenticationFailed) as caught:
            found(OPENAI, env={"OPENAI_API_KEY": broken})
        assert broken not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "http://127.9.9.9", "http://[::1]:8000", "http://LOCALHOST", "http://localhost./"]
)
def test_loopback_is_known_by_its_address(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1.example", "http://localhost.example", "http://10.0.0.1", "http://0.0.0.0", "http://[::2]", ""],
)
def test_nothing_else_is_loopback(url: str) -> None:
    assert not is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000/v1",
        "https://",
        "https://[::1/v1",
        "http://127.0.0.1:99999/v1",
        "ftp://host/v1",
        "https://me:secret@gateway.example/v1",
    ],
)
def test_what_is_no_address_is_refused_without_showing_its_secrets(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url") as caught:
        found(OPENAI, url, ENV | {"OPENAI_BASE_URL": url})
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigError):
        OPENAI.connect(Endpoint("openai", "m", url), None, Options())


def test_an_address_shows_no_credentials() -> None:
    assert address("https://user:secret@host.example:8443/v1") == "host.example:8443"


@pytest.mark.parametrize(
    "said",
    [
        KEY,
        f"bad key '{KEY}'.",
        KEY.lower(),
        KEY.upper(),
        f"{KEY[:12]}...",
        f"…{KEY[-12:]}",
        f"part {KEY[7:17]} of it",
        f"{KEY[:5]}****{KEY[-4:]}",
        f"{KEY}{KEY}",
    ],
)
def test_no_part_of_the_key_stays_in_a_text(said: str) -> None:
    left = redact(f"Error: {said} end", KEY)
    assert left.startswith("Error: ")
    assert left.endswith(" end")
    for size in (8, 12):
        for at in range(len(KEY) - size + 1):
            assert KEY[at : at + size].lower() not in left.lower()
    assert KEY[-4:] not in left


@pytest.mark.parametrize("said", ["sk-ant-api03-abcdef", "hf_AbCdEfGhIj", "Bearer abcdef.ghijkl", "gsk_abcdefgh"])
def test_what_looks_like_a_key_goes_even_if_it_is_another(said: str) -> None:
    assert redact(f"a {said} b", None) == "a [redacted] b"


@pytest.mark.parametrize("said", ["the task-management model", "hf-inference failed", "risk-averse", "x", "", "***"])
def test_other_words_stay(said: str) -> None:
    assert redact(said, KEY) == said or said == "***"


def test_a_short_key_does_not_eat_the_text() -> None:
    assert redact("an error in x", "x") == "an error in x"
    assert redact("with EMPTY key", None) == "with EMPTY key"
    assert redact("the key pass1 is bad", "pass1") == "the key [redacted] is bad"
