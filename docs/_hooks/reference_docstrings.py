"""Google-style docstrings, read: what stands before the sections, the sections, and the entries of one."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator

_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$")
_ENTRY = re.compile(r"^([\w.]+(?:, [\w.]+)*): ", re.MULTILINE)


def parts(docstring: str) -> dict[str, str]:
    """The sections of a docstring by name; under `""` what stands outside of them."""
    found: dict[str, list[str]] = {"": []}
    name = ""
    for line in inspect.cleandoc(docstring).splitlines():
        section = _SECTION.match(line)
        if section:
            name = section[1]
        elif name and line and not line.startswith(" "):
            name = ""
        if not section:
            found.setdefault(name, []).append(line)
    return {name: textwrap.dedent("\n".join(lines)).strip() for name, lines in found.items()}


def entries(section: str) -> Iterator[tuple[str, str]]:
    """Name and text of each entry of `Args`, `Attributes` or `Raises`."""
    starts = [*_ENTRY.finditer(section)]
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(section)
        yield start[1], " ".join(section[start.end() : end].split())
