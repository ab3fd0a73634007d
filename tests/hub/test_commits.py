from __future__ import annotations

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from hf_synth.hub.commits import commit, persistent, read_file

REPO = "user/gardens"


def add_a_line(read):
    return {"notes.md": (read("notes.md") or b"") + b"line\n"}


def test_a_change_is_made_on_what_is_there(hub):
    hub.put(REPO, {"notes.md": b"first\n"})
    assert commit(HfApi(), REPO, add_a_line, message="Note") is not None
    assert hub.files(REPO)["notes.md"] == b"first\nline\n"


def test_what_somebody_else_wrote_meanwhile_is_read_before_trying_again(hub):
    hub.put(REPO, {"notes.md": b"first\n"})
    hub.race(2, {"notes.md": b"theirs\n"})
    commit(HfApi(), REPO, add_a_line, message="Note")
    assert hub.files(REPO)["notes.md"] == b"theirs\nline\n"


def test_no_commit_is_made_where_all_is_as_it_should_be(hub):
    hub.put(REPO, {"notes.md": b"first\n"})
    before = len(hub.commits(REPO))
    assert commit(HfApi(), REPO, lambda _: {"notes.md": b"first\n"}, message="Note") is None
    assert len(hub.commits(REPO)) == before


def test_it_gives_up_in_the_end(hub):
    hub.put(REPO, {"notes.md": b"first\n"})
    hub.race(8)
    pauses = []
    api = HfApi()

    def attempt():
        head, change = api.repo_info(REPO, repo_type="dataset").sha, [CommitOperationAdd("mine.md", b"mine")]
        return api.create_commit(REPO, change, repo_type="dataset", commit_message="Note", parent_commit=head)

    with pytest.raises(HfHubHTTPError):
        persistent(attempt, pause=pauses.append)
    assert len(pauses) == 7
    assert pauses == sorted(pauses)


def test_another_error_is_not_tried_again(hub):
    with pytest.raises(HfHubHTTPError):
        commit(HfApi(), "user/absent", add_a_line, message="Note")


def test_a_missing_file_is_none(hub):
    hub.put(REPO, {"notes.md": b"first\n"})
    assert read_file(HfApi(), REPO, "absent.md") is None


def test_a_file_of_which_it_cannot_be_told_whether_it_is_there_is_not_missing(hub):
    hub.put(REPO, {"notes.md": b"first\n"})
    api = HfApi(endpoint="http://127.0.0.1:9")
    with pytest.raises(LocalEntryNotFoundError):
        read_file(api, REPO, "notes.md")


def test_a_file_that_should_not_be_there_goes(hub):
    hub.put(REPO, {"notes.md": b"first\n", "old.md": b"old\n"})
    commit(HfApi(), REPO, lambda _: {"old.md": None, "never.md": None}, message="Tidy")
    assert "old.md" not in hub.files(REPO)
