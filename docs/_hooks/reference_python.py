"""What `hf_synth` exports: signatures, and docstrings as they stand in the source."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from reference_docstrings import entries, parts

import hf_synth

_WIDE = 88  # characters of a signature before each parameter gets a line
_SAID = {"Args": "Arguments"}


def python_reference() -> str:
    """A section for each function, then one for each class."""
    public = {name: getattr(hf_synth, name) for name in hf_synth.__all__}
    functions = [_function(name, one) for name, one in sorted(public.items()) if not inspect.isclass(one)]
    classes = [_class(name, one) for name, one in sorted(public.items()) if inspect.isclass(one)]
    return "\n\n".join([*functions, *classes])


def _function(name: str, function: Callable[..., Any], level: str = "##") -> str:
    return "\n\n".join([f"{level} {name}", _signature(name, function), *_docstring(function)])


def _class(name: str, kind: type) -> str:
    told = [f"## {name}", *_docstring(kind)]
    for method, one in vars(kind).items():
        plain = one.__func__ if isinstance(one, classmethod) else one
        if not method.startswith("_") and inspect.isfunction(plain):
            told.append(_function(f"{name}.{method}", plain, "###"))
        elif not method.startswith("_") and isinstance(one, property):
            told += [f"### {name}.{method}", *_docstring(one)]
    return "\n\n".join(told)


def _signature(name: str, function: Callable[..., Any]) -> str:
    """A signature without the quotes and the `self` that readers do not need."""
    signature = inspect.signature(function)
    given = [one for label, one in signature.parameters.items() if label not in ("self", "cls")]
    plain = str(signature.replace(parameters=given)).replace("'", "").replace("datasets.", "")
    text = f"{name}{plain}"
    if len(text) > _WIDE:
        shown = [str(one).replace("'", "").replace("datasets.", "") for one in given]
        stars = next((n for n, one in enumerate(given) if one.kind is one.KEYWORD_ONLY), None)
        if stars is not None:
            shown.insert(stars, "*")
        text = f"{name}(\n    " + ",\n    ".join(shown) + ",\n)" + (f" ->{plain.rpartition(' ->')[2]}")
    return f"```py\n{text}\n```"


def _docstring(one: Any) -> Iterator[str]:
    found = parts(inspect.getdoc(one) or "")
    yield found.pop("")
    for section, text in found.items():
        listed = [*entries(text)]
        if listed:
            yield f"**{_SAID.get(section, section)}**\n\n" + "\n".join(
                f"- `{name.replace(', ', '`, `')}`: {told}" for name, told in listed
            )
        else:
            yield f"**{_SAID.get(section, section)}** {text}"
