"""`--out` on an S3 server: a real one on this machine, which s3fs finds through the environment alone."""

from __future__ import annotations

import json
import logging
import os
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest

from cli.commands import OFFLINE, written
from cli.test_output import SPLITS, three
from servers.model import Model
from servers.openai_server import FakeOpenAI

READERS_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:ListBucket", "s3:HeadBucket", "s3:GetObject"], "Resource": "*"}],
}
"""To look into a bucket and to read; this server asks for HeadBucket where Amazon's asks for ListBucket."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an S3 server that takes every key."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


Use = Callable[..., Any]


@pytest.fixture
def use(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Sets the environment as a user would, to a key or none, without what this machine has; the file system then."""
    import s3fs

    def use(key: str | None = None, secret: str = "secret", endpoint: str = server) -> Any:
        for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
            monkeypatch.delenv(name)
        keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret} if key else {}
        files = {name: str(tmp_path / "none") for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
        place = {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        place["AWS_MAX_ATTEMPTS"] = "1"  # by itself it waits between five
        for name, value in {**keys, **files, **place}.items():
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()  # a session keeps the environment it was made in
        return s3fs.S3FileSystem()

    yield use
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def bucket(use: Use) -> str:
    """The URL of an empty bucket that may be written."""
    name = f"rows-{uuid.uuid4().hex[:12]}"
    use("key").mkdir(name)
    return f"s3://{name}"


@pytest.fixture
def strict(server: str, bucket: str) -> Iterator[None]:
    """With the bucket made, the server checks keys and policies."""
    _post(f"{server}/moto-api/reset-auth", b"0")
    yield
    _post(f"{server}/moto-api/reset-auth", b"inf")


def _post(url: str, body: bytes) -> None:
    kind = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(url, body, kind)).close()


def expected(*names: str) -> list[dict[str, Any]]:
    made = datasets.load_dataset(
        "hf_synth", "instruction_v1", domain="gardens", count=6, models={"generator": "offline"}, split="train"
    )
    return [{name: row[name] for name in names or row} for row in made]  # type: ignore[union-attr, index]


class TestWritten:
    def test_parquet_is_read_by_pandas_polars_and_duckdb(self, hf, bucket, use):
        import duckdb
        import pandas as pd
        import polars as pl

        out = f"{bucket}/deep/er/rows.parquet"
        assert hf("generate", *OFFLINE, "--out", out) == 0
        assert hf.out == f"{out}\n"
        assert pd.read_parquet(out).to_dict("records") == expected()
        assert pl.read_parquet(out).to_dicts() == expected()
        with duckdb.connect() as base:
            base.register_filesystem(use("key"))
            assert base.sql(f"select metadata.domain, count(*) from '{out}' group by all").fetchall() == [
                ("gardens", 6)
            ]

    def test_every_kind_of_file_is_read_by_load_dataset(self, hf, bucket, python):
        kinds = {"parquet": "parquet", "jsonl": "json", "csv": "csv"}
        for ending in kinds:
            assert hf("generate", *OFFLINE, "--out", f"{bucket}/rows.{ending}") == 0
        code = f"""if True:
            import json
            from datasets import load_dataset
            for ending, kind in {kinds!r}.items():
                place = "{bucket}/rows." + ending
                rows = load_dataset(kind, data_files=place, split="train", cache_dir="read")
                print(json.dumps(rows.select_columns(["instruction", "response"]).to_list()))"""
        read = [json.loads(line) for line in python(code, HF_HUB_OFFLINE="0").splitlines()]
        assert read == [expected("instruction", "response")] * 3

    def test_several_splits_are_several_files(self, hf, bucket, tmp_path, use):
        told = hf.json("generate", three(tmp_path), *SPLITS, "--out", f"{bucket}/files/rows.jsonl")
        assert told["written"] == [f"{bucket}/files/rows-{split}.jsonl" for split in ("train", "validation", "test")]
        assert [use("key").cat(place).count(b"\n") for place in told["written"]] == [16, 2, 2]

    def test_a_directory_is_read_by_load_from_disk_and_replaced_by_the_next_run(
        self, hf, bucket, tmp_path, use, server
    ):
        out = f"{bucket}/saved"
        assert hf("generate", three(tmp_path), *SPLITS, "--out", out) == 0
        assert use("key").exists(f"{out}/validation/state.json")
        assert hf("generate", three(tmp_path, train=16, test=5), *SPLITS, "--count", "21", "--out", out) == 0
        options = {"key": "key", "secret": "secret", "endpoint_url": server}
        assert datasets.load_from_disk(out, storage_options=options).num_rows == {"train": 16, "test": 5}
        names = {name.partition("/saved/")[2] for name in use("key").find(out)}
        assert {name.partition("/")[0] for name in names} == {"dataset_dict.json", "train", "test"}

    def test_a_process_of_its_own_finds_the_server_as_fsspec_is_configured(self, bucket, server, python, cache):
        code = f"from hf_synth.cli import main; main(['generate', *{OFFLINE!r}, '--out', '{bucket}/rows.csv'])"
        keys = {"FSSPEC_S3_KEY": "key", "FSSPEC_S3_SECRET": "secret", "FSSPEC_S3_ENDPOINT_URL": server}
        taken = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        assert python(code, **keys, **taken) == f"{bucket}/rows.csv"


class TestRefused:
    """Each before the first call, with exit code 2 and one line."""

    @pytest.fixture(autouse=True)
    def _look(self, hf, tmp_path):
        def look(out: str) -> str:
            with FakeOpenAI(model=Model()) as model:
                assert hf("generate", written(tmp_path, model), "--out", out) == 2
                assert model.requests == []
            assert hf.err.count("\n") == 1
            return hf.err

        self.look = look

    @pytest.mark.parametrize("name", ["rows.parquet", "saved"])
    def test_a_bucket_that_does_not_exist_and_it_is_not_made(self, use, name):
        fs = use("key")
        assert "'no-such-bucket' does not exist. Create it" in self.look(f"s3://no-such-bucket/{name}")
        assert "no-such-bucket" not in fs.ls("", refresh=True)

    def test_no_credentials(self, bucket, use):
        use()
        assert "cannot be reached: Unable to locate credentials. Check" in self.look(f"{bucket}/rows.parquet")

    @pytest.mark.usefixtures("strict")
    def test_a_key_that_the_server_does_not_know(self, bucket):
        assert "cannot be reached: Forbidden. Check the address and the credentials" in self.look(f"{bucket}/rows.csv")

    def test_no_server(self, use):
        use("key", endpoint="http://127.0.0.1:9")
        assert "Could not connect to the endpoint URL" in self.look("s3://bucket/rows.jsonl")

    def test_a_folder_that_holds_something_else(self, bucket, use):
        use("key").pipe(f"{bucket}/theirs/train/labels.txt", b"theirs")
        assert "did not save there" in self.look(f"{bucket}/theirs")
        assert "did not save there" in self.look(bucket)


@pytest.mark.parametrize("name", ["rows.parquet", "rows.jsonl", "rows.csv", "saved"])
def test_where_only_reading_is_allowed_the_rows_are_kept(hf, bucket, server, use, request, tmp_path, name):
    import boto3

    iam = boto3.client("iam")
    user = f"reader-{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="read", PolicyDocument=json.dumps(READERS_POLICY))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    request.getfixturevalue("strict")
    use(key["AccessKeyId"], key["SecretAccessKey"])
    with FakeOpenAI(model=Model()) as model:
        path = written(tmp_path, model)
        assert hf("generate", path, "--out", f"{bucket}/{name}") == 1
        paid = len(model.requests)
        assert paid > 0
        said = hf.err.splitlines()[-1]
        assert said.startswith(
            f"hf-synth: --out '{bucket}/{name}' could not be written: Access Denied. The rows are in"
        )
        assert hf("generate", path, "--out", tmp_path / name) == 0
        assert len(model.requests) == paid
