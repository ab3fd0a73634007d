"""The double of the Hub in `tests/servers`, seen by the real clients. What they cannot do here, no other test can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict, get_dataset_config_names, load_dataset
from datasets.exceptions import DatasetNotFoundError
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, DatasetCard, HfApi, HfFileSystem
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from servers.base import Answer
from servers.hub import FakeHub

REPO = "user/gardens"
CARD = b"---\nlicense: apache-2.0\n---\n# Gardens\n"


def rows(*words: str) -> Dataset:
    return Dataset.from_dict({"text": [*words], "length": [len(word) for word in words]})


def two_splits() -> DatasetDict:
    return DatasetDict({"train": rows("soil", "light"), "test": rows("rain")})


def loaded(name: str | None = None, **options: Any) -> dict[str, list[str]]:
    found: Any = load_dataset(REPO, name, **options)
    return {split: [row["text"] for row in part] for split, part in found.items()}


def commit(content: bytes, path: str = "notes.md", **options: Any) -> Any:
    operations = [CommitOperationAdd(path, content)]
    return HfApi().create_commit(REPO, operations, commit_message="Note", repo_type="dataset", **options)


def status_of(error: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return error.value.response.status_code


class TestADataset:
    @pytest.mark.parametrize("streaming", [False, True])
    def test_comes_back_as_it_was_pushed(self, hub: FakeHub, streaming: bool):
        two_splits().push_to_hub(REPO)
        assert loaded(streaming=streaming) == {"train": ["soil", "light"], "test": ["rain"]}
        assert {*hub.files(REPO)} == {
            ".gitattributes",
            "README.md",
            "data/train-00000-of-00001.parquet",
            "data/test-00000-of-00001.parquet",
        }

    def test_is_replaced_by_the_next_push_and_kept_in_the_history(self, hub: FakeHub):
        two_splits().push_to_hub(REPO)
        before = hub.commits(REPO)[0].oid
        DatasetDict({"train": rows("wind")}).push_to_hub(REPO, commit_message="Replace")
        assert loaded() == {"train": ["wind"]}
        assert loaded(revision=before) == {"train": ["soil", "light"], "test": ["rain"]}
        assert [made.title for made in hub.commits(REPO)] == ["Replace", "Upload dataset", "initial commit"]

    @pytest.mark.parametrize("streaming", [False, True])
    def test_may_have_several_configs(self, hub: FakeHub, streaming: bool):
        DatasetDict({"train": rows("soil")}).push_to_hub(REPO, "earth")
        DatasetDict({"train": rows("cloud")}).push_to_hub(REPO, "sky")
        assert get_dataset_config_names(REPO) == ["earth", "sky"]
        assert loaded("earth", streaming=streaming) == {"train": ["soil"]}
        assert loaded("sky", streaming=streaming) == {"train": ["cloud"]}

    def test_may_be_plain_files_without_a_card(self, hub: FakeHub):
        hub.put(REPO, {"train.jsonl": b'{"text": "soil"}\n{"text": "light"}\n'})
        assert loaded() == {"train": ["soil", "light"]}

    def test_is_read_by_the_urls_of_its_files(self, hub: FakeHub):
        two_splits().push_to_hub(REPO)
        found: Any = load_dataset("parquet", data_files=f"hf://datasets/{REPO}/data/train-*.parquet", split="train")
        assert found["text"][:] == ["soil", "light"]

    def test_is_seen_by_a_new_process(self, hub: FakeHub, python: Any):
        two_splits().push_to_hub(REPO, private=True)
        code = f"import datasets; print(datasets.load_dataset({REPO!r}, split='train')['text'][0])"
        assert python(code) == "soil"

    def test_may_be_pushed_and_loaded_by_several_processes(self, hub: FakeHub):
        DatasetDict({"train": rows(*"abcd")}).push_to_hub(REPO, num_shards={"train": 2}, num_proc=2)
        assert loaded(num_proc=2) == {"train": [*"abcd"]}

    def test_of_another_test_is_not_there(self, hub: FakeHub):
        with pytest.raises(DatasetNotFoundError):
            loaded()


class TestAPrivateRepository:
    def test_is_not_there_without_a_token_of_its_owner(self, hub: FakeHub, monkeypatch: pytest.MonkeyPatch):
        two_splits().push_to_hub(REPO, private=True)
        assert HfApi().dataset_info(REPO).private
        hub.tokens["hf_other"] = "other"
        with pytest.raises(RepositoryNotFoundError) as error:
            HfApi(token="hf_other").dataset_info(REPO)
        assert status_of(error) == 404
        monkeypatch.delenv("HF_TOKEN")
        with pytest.raises(RepositoryNotFoundError) as error:
            HfApi().dataset_info(REPO)
        assert status_of(error) == 401
        with pytest.raises(DatasetNotFoundError):
            loaded()
        assert hub.requests[-1].token is None

    def test_is_no_other_than_one_that_does_not_exist(self, hub: FakeHub):
        hub.put("other/secret", {"a.txt": b"a"}, private=True)
        said = []
        for name in ("other/secret", "other/nothing"):
            with pytest.raises(RepositoryNotFoundError) as error:
                HfApi().dataset_info(name)
            said.append((status_of(error), error.value.server_message))
        assert said[0] == said[1]


class TestAPublicRepository:
    def test_is_read_without_a_token_and_not_written(self, hub: FakeHub, monkeypatch: pytest.MonkeyPatch):
        two_splits().push_to_hub(REPO)
        monkeypatch.delenv("HF_TOKEN")
        assert loaded()["test"] == ["rain"]
        with pytest.raises(RepositoryNotFoundError):
            commit(b"mine")

    def test_is_written_by_its_owner_alone(self, hub: FakeHub):
        hub.put("other/gardens", {"README.md": CARD})
        with pytest.raises(HfHubHTTPError) as error:
            HfApi().delete_file("README.md", "other/gardens", repo_type="dataset")
        assert status_of(error) == 403
        with pytest.raises(HfHubHTTPError) as error:
            HfApi().create_repo("other/new", repo_type="dataset")
        assert status_of(error) == 403

    def test_is_refused_to_a_token_that_nobody_has(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"a"})
        with pytest.raises(HfHubHTTPError, match="Invalid") as error:
            HfApi(token="hf_wrong").dataset_info(REPO)
        assert status_of(error) == 401

    def test_is_made_once(self, hub: FakeHub):
        made = HfApi().create_repo(REPO, repo_type="dataset")
        assert (made.repo_id, made.repo_type) == (REPO, "dataset")
        assert HfApi().create_repo("gardens", repo_type="dataset", exist_ok=True) == made
        with pytest.raises(HfHubHTTPError) as error:
            HfApi().create_repo(REPO, repo_type="dataset")
        assert status_of(error) == 409
        assert HfApi().whoami()["name"] == "user"


class TestARevision:
    def test_may_be_a_branch_that_is_pushed_to(self, hub: FakeHub):
        two_splits().push_to_hub(REPO)
        DatasetDict({"train": rows("wind")}).push_to_hub(REPO, revision="next/try")
        assert loaded(revision="next/try")["train"] == ["wind"]
        assert loaded()["train"] == ["soil", "light"]

    def test_may_be_a_tag_that_stays_where_it_is(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"old"})
        HfApi().create_tag(REPO, tag="v1", repo_type="dataset")
        hub.edit(REPO, "a.txt", b"new")
        downloaded = HfApi().hf_hub_download(REPO, "a.txt", repo_type="dataset", revision="v1")
        assert Path(downloaded).read_bytes() == b"old"
        with pytest.raises(HfHubHTTPError):
            commit(b"late", revision="v1")

    def test_may_be_a_pull_request(self, hub: FakeHub):
        two_splits().push_to_hub(REPO)
        made: Any = DatasetDict({"train": rows("wind")}).push_to_hub(REPO, create_pr=True)
        assert (made.pr_num, made.pr_revision) == (1, "refs/pr/1")
        assert loaded(revision="refs/pr/1") == {"train": ["wind"]}
        commit(b"more", revision="refs/pr/1")
        assert hub.files(REPO, "refs/pr/1")["notes.md"] == b"more"
        assert "notes.md" not in hub.files(REPO)
        refs = HfApi().list_repo_refs(REPO, repo_type="dataset", include_pull_requests=True)
        assert [ref.ref for ref in refs.pull_requests or ()] == ["refs/pr/1"]

    def test_may_be_a_pull_request_of_someone_else(self, hub: FakeHub):
        hub.put("other/gardens", {"README.md": CARD})
        operation = CommitOperationDelete("README.md")
        made = HfApi().create_commit(
            "other/gardens", [operation], commit_message="Empty", repo_type="dataset", create_pr=True
        )
        assert hub.commits("other/gardens", str(made.pr_revision))[0].title == "Empty"

    def test_is_gone_once_deleted(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"a"})
        api = HfApi()
        for _ in range(2):
            api.create_branch(REPO, branch="next", repo_type="dataset", exist_ok=True)
            api.create_tag(REPO, tag="v1", repo_type="dataset", exist_ok=True)
        api.delete_branch(REPO, branch="next", repo_type="dataset")
        api.delete_tag(REPO, tag="v1", repo_type="dataset")
        assert [api.revision_exists(REPO, name, repo_type="dataset") for name in ("next", "v1", "main")] == [
            False,
            False,
            True,
        ]

    def test_that_is_missing_is_told_from_a_file_that_is(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"a"})
        with pytest.raises(RevisionNotFoundError):
            HfApi().hf_hub_download(REPO, "a.txt", repo_type="dataset", revision="nowhere")
        with pytest.raises(EntryNotFoundError):
            HfApi().hf_hub_download(REPO, "b.txt", repo_type="dataset")
        assert not HfApi().file_exists(REPO, "b.txt", repo_type="dataset")


class TestACommit:
    def test_on_a_stale_parent_is_refused(self, hub: FakeHub):
        parent = hub.put(REPO, {"a.txt": b"a"}).oid
        hub.edit(REPO, "a.txt", b"b")
        with pytest.raises(HfHubHTTPError) as error:
            commit(b"mine", parent_commit=parent)
        assert status_of(error) == 412
        assert hub.files(REPO)["a.txt"] == b"b"
        assert "notes.md" not in hub.files(REPO)

    def test_loses_a_race_as_often_as_told(self, hub: FakeHub):
        hub.put(REPO, {"README.md": CARD})
        hub.race(2, {"README.md": b"theirs"})
        tries = []
        for _ in range(3):
            parent = HfApi().dataset_info(REPO).sha
            try:
                tries.append(commit(b"mine", parent_commit=parent).oid)
            except HfHubHTTPError as error:
                tries.append(error.response.status_code)
        assert tries == [412, 412, hub.commits(REPO)[0].oid]
        assert hub.files(REPO)["README.md"] == b"theirs"
        assert [made.title for made in hub.commits(REPO)][:3] == ["Note", *["Another writer's commit"] * 2]

    def test_in_a_race_is_refused_to_a_push_of_a_dataset(self, hub: FakeHub):
        two_splits().push_to_hub(REPO)
        hub.race(1)
        with pytest.raises(HfHubHTTPError) as error:
            DatasetDict({"train": rows("wind")}).push_to_hub(REPO)
        assert status_of(error) == 412
        assert loaded()["train"] == ["soil", "light"]

    def test_deletes_files_and_folders(self, hub: FakeHub):
        hub.put(REPO, {"a/b.txt": b"1", "a/c.txt": b"2", "d.txt": b"3"})
        HfApi().delete_file("d.txt", REPO, repo_type="dataset")
        HfApi().delete_folder("a", REPO, repo_type="dataset")
        assert [*hub.files(REPO)] == [".gitattributes"]
        with pytest.raises(EntryNotFoundError):
            HfApi().delete_file("d.txt", REPO, repo_type="dataset")

    def test_of_what_is_there_already_is_none(self, hub: FakeHub):
        hub.put(REPO, {"notes.md": b"same"})
        before = hub.commits(REPO)[0].oid
        assert commit(b"same").oid == before == hub.commits(REPO)[0].oid

    def test_is_listed_with_its_writer(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"a"})
        commit(b"mine", commit_description="Because")
        listed = HfApi().list_repo_commits(REPO, repo_type="dataset")
        assert (listed[0].title, listed[0].message, listed[0].authors) == ("Note", "Because", ["user"])
        assert [each.commit_id for each in listed] == [made.oid for made in hub.commits(REPO)]

    def test_fails_where_the_hub_does(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"a"})
        hub.script = [Answer({"error": "full"}, 507)]
        with pytest.raises(HfHubHTTPError, match="full"):
            commit(b"mine")


class TestACard:
    def test_is_loaded_changed_and_pushed(self, hub: FakeHub):
        hub.put(REPO, {"README.md": CARD})
        card = DatasetCard.load(REPO)
        card.data["tags"] = ["synthetic"]
        card.text += "Ours.\n"
        card.push_to_hub(REPO, parent_commit=hub.commits(REPO)[0].oid)
        assert hub.files(REPO)["README.md"] == b"---\nlicense: apache-2.0\ntags:\n- synthetic\n---\n# Gardens\nOurs.\n"
        assert DatasetCard.load(REPO).data.to_dict() == {"license": "apache-2.0", "tags": ["synthetic"]}
        shown: Any = HfApi().dataset_info(REPO).card_data
        assert shown.tags == ["synthetic"]

    def test_is_refused_where_its_header_is_no_yaml(self, hub: FakeHub):
        hub.put(REPO, {"README.md": CARD})
        with pytest.raises(ValueError, match="Invalid metadata"):
            commit(b"---\na: [1\n---\n", "README.md")
        with pytest.warns(UserWarning, match="empty or missing"):
            commit(b"# No header\n", "README.md")

    def test_that_someone_edits_is_what_others_load(self, hub: FakeHub):
        hub.put(REPO, {"README.md": CARD})
        assert DatasetCard.load(REPO).text == "# Gardens\n"
        hub.edit(REPO, "README.md", CARD + b"By hand.\n")
        assert DatasetCard.load(REPO).text == "# Gardens\nBy hand.\n"


class TestAFile:
    def test_is_listed_and_read_through_the_file_system(self, hub: FakeHub):
        hub.put(REPO, {"a/b.txt": b"0123456789", "a/c/d.txt": b"deep", "e.txt": b"", "f.parquet": bytes(range(100))})
        files: Any = HfFileSystem()
        root = f"datasets/{REPO}"
        assert {entry["name"]: entry["type"] for entry in files.ls(root)} == {
            f"{root}/.gitattributes": "file",
            f"{root}/a": "directory",
            f"{root}/e.txt": "file",
            f"{root}/f.parquet": "file",
        }
        assert files.glob(f"{root}/a/**/*.txt") == [f"{root}/a/b.txt", f"{root}/a/c/d.txt"]
        assert files.cat_file(f"{root}/a/b.txt", start=2, end=5) == b"234"
        assert files.read_bytes(f"{root}/e.txt") == b""
        with files.open(f"{root}/f.parquet", block_size=16) as file:
            file.seek(-3, 2)
            assert file.read() == bytes([97, 98, 99])
        assert not files.exists(f"{root}/g.txt")

    def test_is_written_through_the_file_system(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"a"})
        HfFileSystem().pipe_file(f"datasets/{REPO}/b.txt", b"b")
        assert hub.files(REPO)["b.txt"] == b"b"

    def test_is_a_large_one_by_its_name_or_size(self, hub: FakeHub):
        hub.put(REPO, {"a.txt": b"a"})
        two_splits().push_to_hub(REPO)
        commit(b"0" * 10 * 2**20, "big.txt")
        listed: Any = HfApi().list_repo_tree(REPO, recursive=True, repo_type="dataset")
        large = {each.path: each.lfs.sha256 for each in listed if getattr(each, "lfs", None)}
        assert {*large} == {"big.txt", "data/train-00000-of-00001.parquet", "data/test-00000-of-00001.parquet"}
        found: Any = HfApi().get_paths_info(REPO, ["big.txt", "data", "nothing"], repo_type="dataset", expand=True)
        assert [each.path for each in found] == ["big.txt", "data"]
        assert found[0].lfs.sha256 == large["big.txt"]
        assert [each.last_commit.title for each in found] == ["Note", "Upload dataset"]

    def test_is_downloaded_once(self, hub: FakeHub):
        hub.put(REPO, {"a.parquet": b"large", "a.txt": b"small"})
        for _ in range(2):
            for name, content in (("a.parquet", b"large"), ("a.txt", b"small")):
                path = HfApi().hf_hub_download(REPO, name, repo_type="dataset")
                assert Path(path).read_bytes() == content
        assert [asked.method for asked in hub.requests] == ["HEAD", "GET"] * 2 + ["HEAD"] * 2


def test_a_repository_says_what_it_holds(hub: FakeHub):
    hub.put(REPO, {"a.txt": b"a", "b.parquet": b"bb"})
    told = HfApi().dataset_info(REPO, files_metadata=True)
    sizes = {file.rfilename: file.size for file in told.siblings or ()}
    assert sizes | {".gitattributes": 0} == {".gitattributes": 0, "a.txt": 1, "b.parquet": 2}
    assert told.sha == hub.commits(REPO)[0].oid
