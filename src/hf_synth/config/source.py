"""`source`: rows or documents that the user has, to ground rows in or to keep out of them."""

from __future__ import annotations

from typing import Annotated, Any, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _patterns(value: Any) -> Any:
    """What names files, told in one sentence instead of one for each form it can have."""
    by_split = cast("dict[Any, Any]", value) if isinstance(value, dict) else {"train": value}
    for split, part in by_split.items():
        names = cast("list[Any]", part) if isinstance(part, list) else [part]
        if not names or not all(isinstance(name, str) and name.strip() for name in [split, *names]):
            raise ValueError(
                f"{part!r} names no files: use a pattern, a list of them, or a mapping from split to them."
            )
    return value  # pyright: ignore[reportUnknownVariableType]


_Files = str | list[str] | dict[str, str | list[str]]


class Source(BaseModel):
    """Texts: a dataset of `datasets` (`path`), files that it reads (`data_files`), or a folder of text and Markdown.

    Attributes:
        path: a local folder or file, or a dataset of the Hub; by itself it may be written as a short string.
        name: the config of that dataset, where it has several.
        data_files: as `load_dataset` takes them; the ending tells the format.
        column: which column holds the text; needed unless there is one that is called `text` or just one of texts.
        split: which split is read.
        passage_characters: longest passage; longer texts are divided at headings, paragraphs and sentences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    path: str | None = None
    name: str | None = None
    data_files: Annotated[_Files, BeforeValidator(_patterns)] | None = None
    column: str | None = None
    split: str = Field(default="train", min_length=1)
    passage_characters: int = Field(default=1600, ge=200, le=20_000)

    @model_validator(mode="before")
    @classmethod
    def _from_short(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _names_texts(self) -> Self:
        if not (self.path or "").strip() and not self.data_files:
            raise ValueError("it names no texts. Set path (a dataset, folder or file) or data_files.")
        if (self.path or "").strip() == "hf_synth":
            raise ValueError("hf_synth cannot read from hf_synth: that would pay for another dataset. Save it first.")
        return self
