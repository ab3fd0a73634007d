from __future__ import annotations

import logging
import os
import stat
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from generating import until
from hf_synth.errors import ConfigError
from hf_synth.server.store import Store, StoreFailed
from server.held import held
from serving import look, settings_of, site

LINES = b'{"a": 1}\n{"a": "\xc3\xa4"}\n' * 50


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an S3 server, which takes every key until it is told otherwise."""
    pytest.importorskip("s3fs")
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty bucket; the environment is that of a user of it."""
    import s3fs

    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    for name, value in {
        "ENDPOINT_URL": server,
        "ACCESS_KEY_ID": "the-key",
        "SECRET_ACCESS_KEY": "the-secret",
        "DEFAULT_REGION": "us-east-1",
        "EC2_METADATA_DISABLED": "true",
        "MAX_ATTEMPTS": "1",
        "CONFIG_FILE": str(tmp_path / "none"),
        "SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    s3fs.S3FileSystem.clear_instance_cache()
    bucket = f"results-{uuid.uuid4().hex[:12]}"
    s3fs.S3FileSystem().mkdir(bucket)
    yield f"s3://{bucket}"
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "results") if request.param == "folder" else f"{request.getfixturevalue('s3')}/deep/results"


def test_what_is_written_is_read_whole_and_in_pieces(place: str, tmp_path: Path):
    store = Store(place)
    store.write("jobs/one/parts/000-000000000.jsonl", LINES)
    (tmp_path / "rows").write_bytes(LINES)
    store.put("jobs/one/000.jsonl", tmp_path / "rows")
    for path in ("jobs/one/parts/000-000000000.jsonl", "jobs/one/000.jsonl"):
        assert store.read(path, 0, len(LINES)) == LINES
        assert store.read(path, 3, 17) == LINES[3:17]
        assert store.read(path, len(LINES) - 5, len(LINES) + 5) == LINES[-5:]
        assert b"".join(store.read(path, at, at + 7) for at in range(0, len(LINES), 7)) == LINES


def test_what_is_written_again_is_the_new(place: str):
    store = Store(place)
    for content in (b"old and longer", b"new"):
        store.write("jobs/one/000.jsonl", content)
        assert Store(place).read("jobs/one/000.jsonl", 0, 100) == content


def test_what_is_removed_is_gone_with_all_below_it_and_nothing_beside_it(place: str):
    store = Store(place)
    for path in ("jobs/one/000.jsonl", "jobs/one/parts/a", "jobs/one/parts/b", "jobs/one2/000.jsonl"):
        store.write(path, b"rows")
    store.remove("jobs/one/parts")
    assert store.read("jobs/one/000.jsonl", 0, 4) == b"rows"
    store.remove("jobs/one")
    for path in ("jobs/one/000.jsonl", "jobs/one/parts/a"):
        with pytest.raises(FileNotFoundError):
            store.read(path, 0, 4)
    assert store.read("jobs/one2/000.jsonl", 0, 4) == b"rows"
    store.remove("jobs/one")


def test_the_check_leaves_nothing_behind(place: str):
    import fsspec

    store = Store(place)
    store.check()
    fs, at = fsspec.url_to_fs(place)
    fs.invalidate_cache()
    assert not fs.exists(at) or fs.find(at) == []


# -- a folder --------------------------------------------------------------------------------------------------------


def test_a_folder_signs_nothing_and_is_local(tmp_path: Path):
    store = Store(str(tmp_path))
    store.write("jobs/one/000.jsonl", b"rows")
    assert store.local
    assert store.sign("jobs/one/000.jsonl", 60) is None
    assert store.place("jobs/one/000.jsonl") == f"{tmp_path}/jobs/one/000.jsonl"


@pytest.mark.parametrize("where", ["", "/deep"])
def test_a_folder_that_cannot_be_is_told_early(tmp_path: Path, where: str):
    (tmp_path / "file").write_text("theirs")
    with pytest.raises(ConfigError, match=r"could not be written: .*(exists|[Nn]ot a directory).*\. Check --store"):
        Store(f"{tmp_path}/file{where}").check()
    assert (tmp_path / "file").read_text() == "theirs"


@pytest.mark.skipif(os.geteuid() == 0, reason="who may do everything is refused nothing")
def test_a_folder_that_is_read_only_is_told_early(tmp_path: Path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(ConfigError, match=r"could not be written: .*Permission denied.*\. Check --store"):
        Store(str(tmp_path / "results")).check()
    tmp_path.chmod(stat.S_IRWXU)


def test_a_full_disk_is_told_with_what_is_not_lost():
    if not Path("/dev/full").exists():
        pytest.skip("no such device here")
    with pytest.raises(StoreFailed, match=r"could not be written: .*No space left.*\. Nothing that was paid for"):
        Store("/dev").write("full", b"rows")


def test_a_folder_that_lost_its_mark_is_away_and_nothing_is_made_in_its_place(tmp_path: Path):
    """The disk is not mounted any more, and the empty folder where it was is there; or there is nothing at all."""
    place, rows = tmp_path / "results", tmp_path / "rows"
    rows.write_bytes(LINES)
    Store(str(place)).mark()
    store = Store(str(place), marked=True)
    store.write("jobs/one/000.jsonl", LINES)
    with pytest.raises(FileNotFoundError):
        store.read("jobs/one/001.jsonl", 0, 1)
    place.rename(tmp_path / "away")
    for there in (False, True):
        if there:
            place.mkdir()
        for ask in (
            lambda: store.write("jobs/one/001.jsonl", LINES),
            lambda: store.put("jobs/one/001.jsonl", rows),
            lambda: store.read("jobs/one/000.jsonl", 0, 1),
            lambda: store.remove("jobs/one"),
            lambda: store.names("jobs"),
        ):
            with pytest.raises(StoreFailed, match=r"could not .*: its hf_synth\.txt is not there, so its disk is not"):
                ask()
        assert not store.answers()
        assert not place.exists() or not [*place.iterdir()]
    place.rmdir()
    (tmp_path / "away").rename(place)
    assert store.answers()
    assert store.read("jobs/one/000.jsonl", 0, len(LINES)) == LINES
    store.remove("jobs/one")
    assert store.names("jobs") == []


def test_a_bucket_needs_no_mark(s3: str):
    store = Store(s3, marked=True)
    store.write("jobs/one/000.jsonl", LINES)
    store.remove("jobs/one")
    with pytest.raises(FileNotFoundError):
        store.read("jobs/one/000.jsonl", 0, 1)


def test_a_job_waits_for_a_folder_that_is_away_and_completes_with_its_rows_in_it(tmp_path: Path):
    settings = settings_of(tmp_path, allow=("base_url",))
    place = Path(settings.store_url)
    with site(settings) as one, held(one, count=6) as job:
        job.until(lambda: job.status == "running")
        place.rename(tmp_path / "away")
        place.mkdir()
        job.release()
        until(lambda: look(job.client, job.job_id)["statistics"].get("rows_accepted") == 6, "all rows are made")
        time.sleep(1.5)
        assert job.status == "running"
        assert [*place.iterdir()] == []
        place.rmdir()
        (tmp_path / "away").rename(place)
        assert job.finish().count(b"\n") == 6
        assert (place / "jobs" / job.job_id / "000.jsonl").read_bytes().count(b"\n") == 6


# -- S3 --------------------------------------------------------------------------------------------------------------


def test_s3_signs_a_link_for_one_object_and_a_while(s3: str):
    store = Store(s3)
    store.write("jobs/one/000.jsonl", LINES)
    store.write("jobs/two/000.jsonl", b"others")
    link = store.sign("jobs/one/000.jsonl", 60)
    assert link is not None
    assert not store.local
    assert httpx.get(link).content == LINES
    assert "the-secret" not in link
    assert "X-Amz-Expires=60" in link or "Expires=" in link
    assert store.place("jobs/one") == f"{s3}/jobs/one"


def test_a_bucket_that_is_not_there_is_told_early_and_not_made(s3: str):
    import s3fs

    with pytest.raises(ConfigError, match=r"could not be written: .*bucket does not exist.*\. Check --store"):
        Store("s3://no-such-bucket/results").check()
    assert "no-such-bucket" not in s3fs.S3FileSystem().ls("", refresh=True)


def test_a_key_that_is_not_known_is_told_early_and_shown_nowhere(s3: str, server: str):
    kind = {"Content-Type": "application/octet-stream"}
    for number in (b"0", b"inf"):
        urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/reset-auth", number, kind)).close()
        if number == b"0":
            with pytest.raises(ConfigError, match=r"could not be written: .*\. Check --store.*credentials") as caught:
                Store(f"{s3}/results").check()
            assert "the-key" not in str(caught.value)
            assert "the-secret" not in str(caught.value)


def test_no_key_at_all_is_told_early(s3: str, monkeypatch: pytest.MonkeyPatch):
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(ConfigError, match="could not be written: Unable to locate credentials"):
        Store(f"{s3}/results").check()


def test_a_server_that_is_away_is_an_error_of_the_store_for_each_thing_that_is_asked(
    s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    s3fs.S3FileSystem.clear_instance_cache()
    store = Store(s3)
    (tmp_path / "rows").write_bytes(LINES)
    for ask in (
        lambda: store.write("a", b"rows"),
        lambda: store.put("a", tmp_path / "rows"),
        lambda: store.read("a", 0, 1),
        lambda: store.remove("a"),
    ):
        with pytest.raises(StoreFailed, match=r"could not .*: .*\. Nothing that was paid for is lost"):
            ask()


# -- what it is called -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nosuch://app:pass-word@h/d", r"cannot be used: Protocol not known: nosuch\. Name a folder or a URL"),
        ("ftp://app:pass-word@127.0.0.1:9/d", r"cannot be used: .*refused\. Name a folder .* check the credentials"),
    ],
)
def test_a_url_that_cannot_be_is_refused_without_the_password(url: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        Store(url)
    assert "pass-word" not in str(caught.value)
    assert "***@" in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_package_that_is_missing_is_named(python):
    code = """if True:
        import sys
        sys.modules["s3fs"] = None
        from hf_synth.server.store import Store
        try:
            Store("s3://bucket/results")
        except ValueError as error:
            print(error)"""
    said = python(code)
    assert said.startswith("--store 's3://bucket/results' needs a package: Install s3fs to access S3.")
    assert "pip install s3fs" in said


def test_a_password_is_in_no_repr(tmp_path: Path):
    store = Store(f"file://{tmp_path}")
    assert repr(store) == f"Store('file://{tmp_path}')"
    assert store.url == f"file://{tmp_path}"
