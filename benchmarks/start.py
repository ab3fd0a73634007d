"""Seconds and CPU from the start of a process to its first call at the server, beside what it has to import.

    python benchmarks/start.py --rounds 7

`sdk` is the shortest program that calls; `datasets, sdk` imports both and then calls; `hf_synth` is
`load_dataset("hf_synth", config)`. Reading a finished dataset again stands beside `import datasets` and
`load_dataset` of a file with the same rows. Contenders take turns; CPU is of the process until the same moment.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from _run import environment, folder, median, recipe, serving, spread, stats

_CALL = (
    "import asyncio\nfrom openai import AsyncOpenAI\n"
    "client = AsyncOpenAI(base_url=URL, api_key='EMPTY')\n"
    "asyncio.run(client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': 'Hi'}]))"
)
_LOAD = "from datasets import load_dataset\nload_dataset('hf_synth', CONFIG)"
_SAVE = (
    "import json\nfrom datasets import load_dataset\nrows = load_dataset('hf_synth', CONFIG)['train']\n"
    "with open(FILE, 'w') as file:\n    json.dump([*rows], file)"
)
_SAY = (
    "\nimport sys, threading\nnames = 'openai', 'anthropic', 'httpx2', 'genai_prices', 'py3langid', 'rensa'\n"
    "print([n for n in names if n in sys.modules], [t.name for t in threading.enumerate() if t.name == 'hf_synth'])"
)
FIRST = {"sdk": _CALL, "datasets, sdk": "import datasets\n" + _CALL, "hf_synth": _LOAD}
AGAIN = {
    "import datasets": "import datasets",
    "a JSON file": "from datasets import load_dataset\nload_dataset('json', data_files=FILE)",
    "hf_synth": _LOAD,
}


def used(pid: int) -> float:
    """CPU seconds of a running process. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until_call(code: str, cache: Path, rows: int) -> tuple[float, float]:
    """Seconds and CPU until the first call is at the server, which never answers in time."""
    with serving(latency=60) as url:
        source = f"URL = {url!r}\nCONFIG = {recipe(url, rows)!r}\n{code}"
        began = time.time()
        with subprocess.Popen([sys.executable, "-c", source], env=environment(cache)) as process:  # noqa: S603
            while not (first := stats(url)["first"]):
                if process.poll() is not None:
                    raise SystemExit("the process ended without a call")
                time.sleep(0.005)
            cpu = used(process.pid)
            process.kill()
    return first - began, cpu


def until_end(code: str, cache: Path, url: str, rows: int) -> tuple[float, float, str]:
    source = f"CONFIG = {recipe(url, rows)!r}\nFILE = {str(cache / 'rows.json')!r}\n{code}"
    began, before = time.time(), os.times()
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", source], env=environment(cache), capture_output=True, text=True, check=True
    )
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.time() - began, cpu, done.stdout.strip()


def show(title: str, results: dict[str, list[tuple[float, float]]]) -> None:
    print(f"{title:34}seconds     (range)   CPU s", flush=True)
    for who, runs in results.items():
        seconds, cpu = [run[0] for run in runs], [run[1] for run in runs]
        print(f"  {who:32}{median(seconds):7.2f}{spread(seconds):>12}{median(cpu):8.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=500, help="of the dataset that is loaded again")
    args = parser.parse_args()
    first: dict[str, list[tuple[float, float]]] = {who: [] for who in FIRST}
    for number in range(args.rounds + 1):
        for who, code in FIRST.items():
            with folder() as cache:
                run = until_call(code, cache, args.rows)
            if number:  # the first round warms the page cache and writes bytecode
                first[who].append(run)
    show("until the first call", first)
    again: dict[str, list[tuple[float, float]]] = {who: [] for who in AGAIN}
    with folder() as cache, serving(latency=0) as url:
        until_end(_SAVE, cache, url, args.rows)
        paid, said = stats(url)["calls"], ""
        for number in range(args.rounds + 1):
            for who, code in AGAIN.items():
                seconds, cpu, out = until_end(code + (_SAY if who == "hf_synth" else ""), cache, url, args.rows)
                said = out or said
                if number:
                    again[who].append((seconds, cpu))
        show("a finished dataset", again)
        print(f"  calls {stats(url)['calls'] - paid}; imported, engine threads: {said}")


if __name__ == "__main__":
    main()
