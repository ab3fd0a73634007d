"""`outline`: what the plan walks over, where the user gives it or a part of it."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

PARTS = ("topics", "task_types", "audiences", "styles", "criteria")


def named(text: str) -> str:
    """A text that is not empty, without white space around it."""
    if not text.strip():
        raise ValueError("it is empty.")
    return text.strip()


Name = Annotated[str, AfterValidator(named)]
_Names = Annotated[list[Name], Field(min_length=1), AfterValidator(lambda names: list(dict.fromkeys(names)))]
"""Said twice is said once: a topic of two numbers would stand in two splits."""


class OutlineConfig(BaseModel):
    """The parts of an outline that the user gives; a list alone is one of topics. The model is asked for the others.

    Attributes:
        topics: subjects inside the domain, used as they are.
        task_types: what users want done.
        audiences: who asks.
        styles: the form a request has.
        criteria: what experts of the domain look at in a response; read by the critic.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    topics: _Names | None = None
    task_types: _Names | None = None
    audiences: _Names | None = None
    styles: _Names | None = None
    criteria: _Names | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        return {"topics": value} if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if not self.canonical():
            raise ValueError(f"it gives nothing. Give topics, or one of {', '.join(PARTS[1:])}.")
        return self

    def canonical(self) -> Any:
        """Topics alone as a list, anything more as a mapping: both forms of one outline reach one identity."""
        given = self.model_dump(exclude_none=True)
        return given["topics"] if set(given) == {"topics"} else given
