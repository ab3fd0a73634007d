from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hf_synth.errors import ConfigError
from hf_synth.server.settings import ALLOWED, Settings, check_allowed, default_data


def test_everything_stands_in_one_folder_unless_it_is_named(tmp_path: Path):
    plain = Settings(data=tmp_path)
    assert plain.database_url == f"sqlite:///{tmp_path}/jobs.sqlite3"
    assert plain.store_url == str(tmp_path / "results")
    named = Settings(data=tmp_path, database="postgresql://h/d", store="s3://bucket/results")
    assert (named.database_url, named.store_url) == ("postgresql://h/d", "s3://bucket/results")


def test_each_key_has_a_cache_of_its_own(tmp_path: Path):
    settings = Settings(data=tmp_path)
    assert settings.root_of("a") != settings.root_of("b")
    assert settings.root_of("a").is_relative_to(tmp_path)


def test_passwords_are_in_no_repr_and_no_error(tmp_path: Path):
    places: dict[str, Any] = {"database": "postgresql://app:pass-word@h/d", "store": "ftp://app:pass-word@h/d"}
    settings = Settings(data=tmp_path, **places)
    assert "pass-word" not in f"{settings!r}{settings}"
    assert Settings.model_validate_json(settings.model_dump_json()) == settings
    with pytest.raises(ValidationError) as caught:
        Settings(data=tmp_path, jobs=-1, **places)
    assert "pass-word" not in str(caught.value)


def test_what_cannot_be_allowed_is_refused_with_the_near_miss():
    assert check_allowed(["source", "base_url", "source"]) == ("base_url", "source")
    with pytest.raises(ConfigError, match=r"--allow 'base-url' is nothing that can be allowed\..*base_url"):
        check_allowed(["base-url"])
    assert all(ALLOWED.values())


def test_the_folder_is_where_the_user_says_or_beside_the_caches_of_hugging_face(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HF_SYNTH_DATA", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_data() == tmp_path / ".cache/huggingface/hf_synth"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert default_data() == tmp_path / "cache/huggingface/hf_synth"
    monkeypatch.setenv("HF_HOME", "~/hub")
    assert default_data() == tmp_path / "hub/hf_synth"
    monkeypatch.setenv("HF_SYNTH_DATA", "~/jobs")
    assert default_data() == tmp_path / "jobs"
