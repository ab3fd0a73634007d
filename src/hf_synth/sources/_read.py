"""Reads what a `Source` names: folders and files of text, or whatever `datasets` loads. Nothing is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, cast

from hf_synth.config.explain import masked
from hf_synth.config.source import Source
from hf_synth.errors import ConfigError
from hf_synth.sources._files import TEXTS, builder, ending_of, local, named, patterns, text_files

_AT_ONCE = 100  # rows that are taken out of Arrow together
_SHOWN = 80  # characters of a value that are quoted in a message
_HINT = (
    "A source is a folder or file of texts (path), files of data (data_files), or a dataset: a folder, or OWNER/NAME "
    "on the Hub (path; name, split and column where it has several)."
)
Document = tuple[str, list[str]]
"""Where it stands, and its texts: one, or all of a row."""


def documents(source: Source, *, whole_rows: bool, place: str) -> Iterator[Document]:
    """The documents of a source.

    Args:
        source: what to read.
        whole_rows: take all texts of a row where no column is named, instead of asking for one.
        place: the field of the config, for messages.

    Raises:
        ConfigError: there is nothing to read there, or no such column or split.
    """
    files = text_files(source, place)
    if files:
        yield from _text_files(files, place)
        return
    loaded = _columns(source, _loaded(source, place), whole_rows=whole_rows, place=place)
    for number, row in enumerate(_rows(loaded)):
        yield f"row {number}", [text for value in row.values() for text in _texts(value)]


def _text_files(files: list[tuple[str, Path]], place: str) -> Iterator[Document]:
    for name, path in files:
        try:
            yield name, [path.read_text("utf-8-sig")]
        except UnicodeDecodeError:
            raise ConfigError(
                f"Config: {place}: {str(path)!r} is not UTF-8 text. Convert it or leave it out."
            ) from None
        except OSError as error:
            raise ConfigError(f"Config: {place}: {str(path)!r} cannot be read: {error.strerror}.") from None


def _loaded(source: Source, place: str) -> Any:
    import datasets  # noqa: PLC0415  half a second

    library, root = cast("Any", datasets), local(source.path)
    _refuse_missing(source, root, place)
    try:
        if root is not None and (root / "dataset_dict.json").is_file():
            return library.load_from_disk(str(root))[source.split]
        if root is not None and (root / "state.json").is_file():
            return library.load_from_disk(str(root))
        kind, options = _how(source, root)
        return library.load_dataset(kind, split=source.split, **options)
    except Exception as error:  # noqa: BLE001  # whatever datasets, a file format or the Hub has to say
        told = " ".join(f"{type(error).__name__}: {error}".split())
        if error.__cause__ is not None:  # DatasetGenerationError says no more than its name
            told += f" ({' '.join(str(error.__cause__).split())})"
        raise ConfigError(
            f"Config: {place}: {_shown(source)} cannot be loaded: {masked(told)[:300]}", hint=_HINT
        ) from None


def _shown(source: Source) -> str:
    told = repr(source.path or source.data_files)
    return masked(told if len(told) <= _SHOWN else f"{told[: _SHOWN - 3]}...")


def _refuse_missing(source: Source, root: Path | None, place: str) -> None:
    """Say that a file is missing, rather than look for it on the Hub."""
    path = source.path or ""
    elsewhere = "://" in path or (path.count("/") < 2 and not path.startswith((".", "/", "~")))
    if path and root is None and (not elsewhere or len(path) > _SHOWN or builder(PurePath(path)) or _is_text(path)):
        raise ConfigError(f"Config: {place}: there is no file or folder {_shown(source)}.", hint=_HINT)
    if root is not None and root.is_file() and source.data_files:
        raise ConfigError(f"Config: {place}: path is a file, and data_files names others: keep one.")
    if not path and not named(source) and not any("://" in pattern for pattern in patterns(source)):
        raise ConfigError(f"Config: {place}: no file matches {_shown(source)}, split {source.split!r}.", hint=_HINT)


def _is_text(path: str) -> bool:
    return PurePath(path).suffix.lower() in TEXTS


def _how(source: Source, root: Path | None) -> tuple[str, dict[str, Any]]:
    """Arguments of `load_dataset`; files without a dataset around them are read by their ending."""
    if source.path and (root is None or root.is_dir()):
        options = {"name": source.name, "data_files": source.data_files}
        return str(root or source.path), {name: value for name, value in options.items() if value}
    found = [str(path) for path in named(source)] or patterns(source)
    files: Any = found
    if isinstance(source.data_files, Mapping):  # datasets would look at those of all splits, whichever is read
        files = {source.split: found} if source.split in source.data_files else source.data_files
    first = PurePath(found[0])
    separated = {"sep": "\t"} if ending_of(first) == ".tsv" else {}
    return builder(first) or "text", {"data_files": files, **separated}


def _columns(source: Source, loaded: Any, *, whole_rows: bool, place: str) -> Any:
    """A dataset with the columns of text alone that are wanted."""
    features = cast("dict[str, Any]", loaded.features)
    columns = [name for name, value in features.items() if _any_part(value, _is_text_feature)]
    told = f"Columns with texts: {', '.join(columns) or 'none'}."
    if source.column is not None:
        if source.column not in columns:
            raise ConfigError(f"Config: {place}.column: there are no texts in {source.column!r}. {told}")
        return loaded.select_columns([source.column])
    if whole_rows and columns:
        return loaded.select_columns(columns)
    if "text" not in columns and len(columns) != 1:
        raise ConfigError(f"Config: {place}.column is needed. {told}")
    return loaded.select_columns(["text" if "text" in columns else columns[0]])


def _rows(loaded: Any) -> Iterator[Mapping[str, Any]]:
    """Rows, in which what would have to be opened stays closed, such as an image beside a text.

    The data says where it is, and may name any file or address that this machine reaches.
    """
    features = cast("dict[str, Any]", loaded.features)
    if not any(_any_part(feature, _is_media) for feature in features.values()):
        yield from loaded
        return
    for table in loaded.with_format("arrow").iter(_AT_ONCE):
        for row in table.to_pylist():
            yield {name: _closed(row[name], feature) for name, feature in features.items()}


def _is_media(feature: Any) -> bool:
    return hasattr(feature, "decode_example") and type(feature).__name__ != "Json"


def _closed(value: Any, feature: Any) -> Any:
    """A value of Arrow as `datasets` would give it, without media."""
    if value is None or _is_media(feature):
        return None
    if isinstance(feature, Mapping):
        return {name: _closed(value.get(name), part) for name, part in cast("Mapping[str, Any]", feature).items()}
    if isinstance(feature, list):
        return [_closed(one, feature[0]) for one in cast("list[Any]", value)]
    inner = getattr(feature, "feature", None)
    if isinstance(value, Mapping) and inner is not None:  # a list of structs, kept as a struct of lists
        lists = cast("Mapping[str, list[Any] | None]", value)
        return {name: [_closed(one, inner[name]) for one in ones or ()] for name, ones in lists.items()}
    if inner is not None:
        return [_closed(one, inner) for one in cast("list[Any]", value)]
    return feature.decode_example(value) if hasattr(feature, "decode_example") else cast("Any", value)


def _any_part(feature: Any, such: Callable[[Any], bool]) -> bool:
    """Whether a feature, or one nested in it, is such a one."""
    if isinstance(feature, Mapping):
        return any(_any_part(part, such) for part in cast("Mapping[str, Any]", feature).values())
    if isinstance(feature, list):
        return any(_any_part(part, such) for part in cast("list[Any]", feature))
    inner = getattr(feature, "feature", None)
    return _any_part(inner, such) if inner is not None else such(feature)


def _is_text_feature(feature: Any) -> bool:
    return getattr(feature, "dtype", "") in ("string", "large_string")


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value: a column may hold messages, of which who says them is none."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, Mapping):
        for name, part in cast("Mapping[str, Any]", value).items():
            if name not in ("role", "from") or len(value) == 1:  # pyright: ignore[reportUnknownArgumentType]
                yield from _texts(part)
    elif isinstance(value, list):
        for part in cast("list[Any]", value):
            yield from _texts(part)
