"""The OpenAI-shaped server of the tests, which knows files and batches, with the answers of `server.py`.

    python benchmarks/batch_server.py

Its batches end at the first look. It prints its base URL and serves until stdin ends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from server import Service

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from servers.openai_server import FakeOpenAI, main


def serve() -> None:
    service = Service(latency=0.0, spread=0.0, faults=[0, 0, 0, 0], tokens=150, seed=0)

    def answer(body: dict[str, Any], headers: Any) -> Any:
        return json.loads(service.answer(json.dumps(body).encode(), "answered"))

    main(FakeOpenAI(answer))


if __name__ == "__main__":
    serve()
