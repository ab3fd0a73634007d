"""Names that a config may use: plug-ins by file and entry point, languages, the near miss of a wrong one."""

from __future__ import annotations

import json
import pkgutil
import re
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["schemas", "providers", "checks"]
_FOLDERS: dict[Kind, str] = {"schemas": "schemas", "providers": "providers", "checks": "quality"}


@cache
def built_in(kind: Kind) -> tuple[str, ...]:
    """Public names of our own plug-ins: the files of a folder. Imports none of them."""
    folder = Path(str(files("hf_synth").joinpath(_FOLDERS[kind])))
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(folder)]) if not m.name.startswith("_")))


def known(kind: Kind) -> tuple[str, ...]:
    """Our own names, then those that other packages registered under `hf_synth.<kind>`."""
    own = built_in(kind)
    others = sorted({point.name for point in entry_points(group=f"hf_synth.{kind}")} - set(own))
    return (*own, *others)


def near_miss(value: str, names: tuple[str, ...] | list[str]) -> str:
    """` Did you mean 'x'?`, or the list of names where nothing is near."""
    close = get_close_matches(value, names, n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else f" Known: {', '.join(names)}."


@cache
def languages() -> dict[str, str]:
    """Language subtag to English name, from the Unicode CLDR."""
    return json.loads(files("hf_synth.config").joinpath("languages.json").read_text("utf-8"))


def check_language(tag: str) -> str:
    """Normalise a BCP 47 tag (`EN_us` to `en-US`).

    Raises:
        ValueError: the first subtag is no language, or the rest is malformed.
    """
    first, *rest = re.split(r"[-_]", tag.strip())
    first = first.lower()
    if first not in languages():
        by_name = {name.lower(): code for code, name in languages().items()}
        code = by_name.get(tag.strip().lower())
        told = f" Did you mean {code!r}?" if code else " Use an ISO 639-1 or BCP 47 code such as 'en', 'fr' or 'pt-BR'."
        raise ValueError(f"{tag!r} is not a language code.{told}")
    if not all(re.fullmatch(r"[A-Za-z0-9]{1,8}", part) for part in rest):
        raise ValueError(f"{tag!r} is not a BCP 47 language tag. Use one such as 'pt-BR'.")
    shaped = [p.upper() if len(p) == 2 else p.title() if len(p) == 4 else p.lower() for p in rest]
    return "-".join([first, *shaped])


def language_name(tag: str) -> str:
    """`French` for `fr`, `Portuguese (pt-BR)` for `pt-BR`."""
    name = languages()[tag.split("-", maxsplit=1)[0]]
    return name if "-" not in tag else f"{name} ({tag})"


def plain_url(url: str) -> str:
    """A base URL without its last slash.

    Raises:
        ValueError: it is no http(s) address, or carries credentials or a query: it goes into records and messages.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("it is no address. Use one such as 'http://localhost:8000/v1'.") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("it carries credentials or a query. Name the variable that holds the key in api_key_env.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no http(s) address. Use one such as 'http://localhost:8000/v1'.")
    return url.rstrip("/")
