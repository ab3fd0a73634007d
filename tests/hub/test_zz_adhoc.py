from typing import Any
import pytest
from datasets import Dataset, DatasetDict, load_dataset
from huggingface_hub import HfApi, snapshot_download, CommitOperationAdd
import huggingface_hub
R="user/g"
def test_a(hub, tmp_path):
    Dataset.from_dict({"a": list(range(100))}).push_to_hub(R, num_shards=4, num_proc=2)
    assert load_dataset(R, split="train", num_proc=2)["a"][:3] == [0,1,2]
    assert next(iter(load_dataset(R, split="train", streaming=True)))["a"] == 0
    assert "data" in [e.path for e in huggingface_hub.list_repo_tree(R, repo_type="dataset")]
    assert len(list(HfApi().list_repo_tree(R, "data", repo_type="dataset", expand=True)))==4
    p = snapshot_download(R, repo_type="dataset")
    (tmp_path/"up"/"x").mkdir(parents=True); (tmp_path/"up"/"x"/"y.txt").write_text("hi")
    HfApi().upload_folder(repo_id=R, folder_path=tmp_path/"up", repo_type="dataset", delete_patterns="data/*")
    assert [*hub.files(R)] == [".gitattributes","README.md","x/y.txt"]
    a=HfApi()
    a.create_branch(R, branch="b", repo_type="dataset"); a.create_branch(R, branch="b", repo_type="dataset", exist_ok=True)
    a.delete_branch(R, branch="b", repo_type="dataset")
    a.create_tag(R, tag="t", repo_type="dataset"); a.delete_tag(R, tag="t", repo_type="dataset")
    assert not a.revision_exists(R, "t", repo_type="dataset")
    old=hub.commits(R)[-1].oid
    pr=a.create_commit(R,[CommitOperationAdd("q.txt",b"q")],commit_message="q",repo_type="dataset",create_pr=True,parent_commit=old)
    assert [*hub.files(R, pr.pr_revision)] == [".gitattributes","q.txt"]
    assert huggingface_hub.hffs.ls(f"datasets/{R}@refs/pr/1", detail=False)
    print(sorted({(r.method, r.path.split("/")[2] if r.path.startswith("/api") else r.path) for r in hub.requests}))
def test_b(hub):
    for i in range(3):
        next(iter(hub.__class__.__mro__))
    hub.put(R, {"train.jsonl": b'{"a": 1}\n'*100000})
    it = iter(load_dataset(R, split="train", streaming=True)); assert next(it)["a"]==1
    del it
