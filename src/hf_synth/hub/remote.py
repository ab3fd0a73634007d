"""Reads a recipe from a repo of the Hub, and asks whether its reader agreed to pay for what it asks for."""

from __future__ import annotations

import logging
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from hf_synth.errors import ConfigError
from hf_synth.hub.recipes import LONGEST, read_shared, sources_in
from hf_synth.sources._files import local

TRUST = "HF_SYNTH_TRUST_RECIPES"
_PLACE = re.compile(
    r"hf://datasets/(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>refs/(?:pr|convert)/[^/]+|[^/]+))?/(?P<path>.+)"
)
_log = logging.getLogger("hf_synth")


def repo_of(place: str) -> str:
    """The repo in which a recipe stands.

    Raises:
        ConfigError: it is no address of a file in a dataset repo of the Hub.
    """
    return _parts(place)["repo"]


def _parts(place: str) -> dict[str, str]:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ConfigError(
            f"{place!r} is neither a local file nor one of a dataset repo of the Hub.",
            hint="Write hf://datasets/OWNER/NAME/FILE.synth.yaml, or download it and give the path of your copy.",
        )
    return found.groupdict()


def read_remote(place: str, token: str | bool | None = None) -> dict[str, Any]:
    """The fields that may be taken of a recipe of the Hub; what is left out is logged.

    Args:
        place: `hf://datasets/OWNER/NAME[@REVISION]/FILE`.
        token: as in `huggingface_hub`.

    Raises:
        ConfigError: it cannot be read, see `recipes.read_shared`, or one of its sources is not public.
    """
    parts = _parts(place)
    revision = parts["revision"].replace("%2F", "/") if parts["revision"] else None
    try:
        api = HfApi(token=token)
        found = Path(api.hf_hub_download(parts["repo"], parts["path"], repo_type="dataset", revision=revision))
        size = found.stat().st_size
        text = found.read_text("utf-8") if size <= 4 * LONGEST else ""
    except Exception as error:  # noqa: BLE001  # the client's HTTP library has errors of its own
        said = " ".join(str(error).split())[:200]
        raise ConfigError(f"The recipe {place!r} cannot be read: {type(error).__name__}: {said}") from None
    if size > 4 * LONGEST:
        raise ConfigError(f"The recipe {place!r} has {size:,} bytes, which is no recipe.")
    kept, left = read_shared(text, place)
    if left:
        _log.warning("Of the recipe %s is left out what is yours to decide: %s.", place, ", ".join(map(repr, left)))
    return kept


def check_sources(recipe: dict[str, Any], place: str) -> None:
    """Make sure that a recipe from elsewhere reads public datasets alone, whatever this user may read.

    Raises:
        ConfigError: a source is private, gated or missing, or a folder of this machine has its name.
    """
    for name in sources_in(recipe):
        if int(version("datasets").partition(".")[0]) < 4:
            raise ConfigError(
                f"The recipe {place!r} reads {name!r}, which takes datasets 4 or later.",
                hint="Older ones let the card of a dataset name files of this machine.",
            )
        if local(name) is not None:
            raise ConfigError(
                f"The recipe {place!r} reads {name!r}, and a file of this machine has that name.",
                hint="Nothing on this machine is read for a stranger's recipe: run it from another folder.",
            )
        try:
            info = HfApi(token=False).dataset_info(name)
        except Exception as error:  # noqa: BLE001  # the client's HTTP library has errors of its own
            raise ConfigError(
                f"The recipe {place!r} reads {name!r}, which is no public dataset: {type(error).__name__}."
            ) from None
        if info.private or info.gated:
            raise ConfigError(f"The recipe {place!r} reads {name!r}, which is private or gated: only public ones are.")


def agreed(place: str, said: Any) -> bool:
    """Whether the user agreed to pay for what a recipe from elsewhere asks for.

    Args:
        place: where it stands.
        said: the argument `trust_recipe`, `None` where it was not given: then the environment is asked, whose variable
            `HF_SYNTH_TRUST_RECIPES` names repos, comma between them, or is `1` for all.

    Raises:
        ConfigError: `said` is neither true nor false.
    """
    if said is not None:
        if not isinstance(said, bool):
            raise ConfigError(f"trust_recipe is {said!r}: it takes True or False.")
        return said
    trusted = [name.strip() for name in os.environ.get(TRUST, "").split(",")]
    return "1" in trusted or repo_of(place) in trusted
