from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib import metadata

import pytest

from cli.commands import OFFLINE, written
from generating import recipe
from hf_synth.cli import main
from servers.base import Answer
from servers.model import Model
from servers.openai_server import FakeOpenAI, error

KEY = "sk-proj-A1b2C3d4E5f6G7h8I9j0"
COMMANDS = ("generate", "estimate", "preview", "status")


class TestExitCodes:
    def test_0_when_done(self, hf):
        assert hf("generate", *OFFLINE) == 0

    @pytest.mark.parametrize("command", COMMANDS)
    def test_2_for_a_bad_config_with_one_message_and_no_traceback(self, hf, command):
        assert hf(command, "--schema", "instruct_v1", "--domain", "x", "--generator", "offline") == 2
        assert hf.err == "hf-synth: Config: schema: 'instruct_v1' is no schema. Did you mean 'instruction_v1'?\n"
        assert hf.out == ""

    def test_2_for_a_recipe_that_is_not_there(self, hf, tmp_path):
        assert hf("generate", tmp_path / "absent.yaml") == 2
        assert "Cannot read the recipe" in hf.err

    @pytest.mark.parametrize("arguments", [("generate", "--cuont", "3"), ("generate", "--count", "x"), ("unknown",)])
    def test_2_for_a_bad_command_line(self, hf, arguments):
        assert hf(*arguments) == 2
        assert hf.out == ""

    def test_3_without_a_key_before_any_call(self, hf):
        flags = ("--schema", "eval_v1", "--domain", "x", "--tier", "economy")
        assert hf("generate", *flags) == 3
        assert "the environment variable OPENAI_API_KEY is not set" in hf.err
        assert "--generator offline" in hf.err

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (error(401, f"Incorrect API key provided: {KEY}", "invalid_api_key"), "401"),
            (error(404, "The model `test-model` does not exist", "model_not_found"), "test-model"),
            (error(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota"), "Add credit"),
        ],
        ids=["key", "model", "quota"],
    )
    def test_3_when_the_provider_refuses(self, hf, tmp_path, monkeypatch, answer, told):
        monkeypatch.setenv("MY_KEY", KEY)
        with FakeOpenAI(lambda body, headers: answer) as server:
            assert hf("generate", written(tmp_path, server), "--api-key-env", "MY_KEY") == 3
        assert told in hf.err
        assert "127.0.0.1" in hf.err
        assert KEY not in hf.err
        assert "Traceback" not in hf.err

    def test_4_at_the_cap_then_goes_on_with_a_higher_one(self, hf, tmp_path):
        with FakeOpenAI(model=Model()) as server:
            path = written(
                tmp_path, server, count=40, generator={"price": {"input": 5.0, "output": 5.0}}, run={"concurrency": 4}
            )
            assert hf("generate", path, "--max-cost", "0.05") == 4
            assert "run.max_cost of $0.05 is reached" in hf.err
            assert "--max-cost" in hf.err
            status = hf.json("status", path)
            assert 0 < status["usd"] <= 0.05
            assert status["rows"] < 40
            assert hf.json("generate", path, "--max-cost", "5")["rows"] == 40
        asked = [json.dumps(body, sort_keys=True) for body in server.bodies]
        assert len(set(asked)) == len(asked)

    def test_4_where_not_even_the_first_call_fits(self, hf, tmp_path):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server, generator={"price": {"input": 5.0, "output": 5.0}})
            assert hf("preview", path, "--max-cost", "0.000001") == 4
            assert server.requests == []

    def test_2_for_a_cap_without_a_price_before_any_call(self, hf, tmp_path, monkeypatch):
        with FakeOpenAI(model=Model()) as server:
            path = written(tmp_path, server)
            assert hf("generate", path, "--max-cost", "1") == 2
            assert "the price of 'test-model' at" in hf.err
            assert "models.generator.price" in hf.err
            monkeypatch.setenv("HF_SYNTH_MAX_COST", "1")
            assert hf("generate", path) == 2
            monkeypatch.setenv("HF_SYNTH_MAX_COST", "much")
            assert hf("generate", path) == 2
            assert "HF_SYNTH_MAX_COST is 'much': set it to US dollars above 0, or unset it." in hf.err
            assert server.requests == []

    def test_5_when_too_few_rows_pass(self, hf, tmp_path):
        refusal = "I'm sorry, but I can't help with that request."

        def refuse(body, headers):
            made = FakeOpenAI.default(server, body, headers)
            if "response_format" not in body:
                made.body["choices"][0]["message"]["content"] = refusal
            return made

        with FakeOpenAI(refuse, model=Model()) as server:
            assert hf("generate", written(tmp_path, server)) == 5
            assert "0 of 6 rows passed after" in hf.err
            assert "refusal" in hf.err
            paid = len(server.requests)
            told = hf.json("status", written(tmp_path, server))
            assert told["rows"] == 0
            assert told["dropped"]["refusal"] == told["judged"] > 0
            assert len(server.requests) == paid

    def test_1_for_records_that_are_not_there(self, hf):
        assert hf("journal", "remove", "abc", "--yes") == 1
        assert "no journal starts with 'abc'" in hf.err
        assert "hf-synth journal list" in hf.err

    def test_1_for_a_disk_that_refuses(self, hf, tmp_path):
        (tmp_path / "rows.jsonl").symlink_to("/dev/full")
        assert hf("generate", *OFFLINE, "--out", tmp_path / "rows.jsonl") == 1
        assert "No space left" in hf.err

    def test_130_when_interrupted_and_paid_answers_are_kept(self, hf, tmp_path, cache):
        with FakeOpenAI(model=Model(latency=0.02)) as server:
            path = written(tmp_path, server, count=3000, run={"concurrency": 2})
            child = subprocess.Popen(
                [sys.executable, "-c", "from hf_synth.cli import main; main()", "generate", str(path)],
                cwd=tmp_path,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                stderr=subprocess.PIPE,
                text=True,
            )
            while len(server.requests) < 5 and child.poll() is None:
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            _, told = child.communicate(timeout=60)
            assert child.returncode == 130, told
            assert "interrupted. Paid answers are kept" in told
            assert "Traceback" not in told
            status = hf.json("status", path)
            assert sum(line["calls"] for line in status["calls"]) == len(server.requests)


class TestHelp:
    @pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("generate", "--help"), ("journal", "--help")])
    def test_is_on_stdout_and_exits_with_0(self, hf, arguments):
        assert hf(*arguments) == 0
        assert hf.out
        assert hf.err == ""

    @pytest.mark.skipif(not [*metadata.Distribution.discover(name="hf-synth")], reason="hf-synth is not installed")
    def test_the_version_is_that_of_the_package(self, hf):
        assert hf("--version") == 0
        assert hf.out == f"hf-synth, version {metadata.version('hf-synth')}\n"

    def test_names_every_command_and_a_first_try_without_a_key(self, hf):
        hf("--help")
        for command in (*COMMANDS, "journal", "schemas", "tiers", "providers"):
            assert f"  {command} " in hf.out
        assert "--generator offline" in hf.out


def test_main_exits_with_the_code(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["unknown"])
    assert caught.value.code == 2


def test_a_key_in_a_recipe_is_shown_nowhere(hf, tmp_path):
    path = written(tmp_path, "http://127.0.0.1:1/v1", generator={"api_key": KEY})
    assert hf("generate", path) == 2
    assert "Did you mean 'api_key_env'?" in hf.err
    assert KEY not in hf.err + hf.out


def test_an_answer_of_the_wrong_kind_is_an_error_of_the_provider(hf, tmp_path):
    with FakeOpenAI(lambda body, headers: Answer("<html>hello</html>")) as server:
        assert hf("preview", written(tmp_path, server)) == 3
        assert recipe(server)["models"]["generator"]["base_url"].split("/")[2] in hf.err
