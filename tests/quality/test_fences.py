from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_synth.quality.fences import CHECK, unclosed
from quality.making import candidate, config
from quality.texts import GOOD

CODE = "print('tide')"


@pytest.mark.parametrize(("language", "prompt", "text"), GOOD)
def test_good_texts_pass(language: str, prompt: str, text: str):
    assert CHECK(candidate(text, key_text=prompt), config(language=language)) is None


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CODE}\n```",
        f"```\n{CODE}\n```\nand\n```\n{CODE}\n```",
        f"~~~\n{CODE}\n~~~",
        f"~~~ python\n```\n{CODE}\n~~~",
        f"```\n~~~\n{CODE}\n```",
        f"````markdown\n```python\n{CODE}\n```\n````",
        f"```\n{CODE}\n`````",
        f"   ```\n   {CODE}\n   ```",
        f"1. Run this:\n\n    ```sh\n    {CODE}\n    ```\n2. Done.",
        f"- ```python\n  {CODE}\n  ```",
        f"> ```\n> {CODE}\n> ```",
        "Use ``` to open a fence.",
        "``` `code` ``` is inline, and ```so is this```.",
        "```so is this```\non a line of its own",
        f"```\n{CODE}\n```   \n",
        "```\r\nprint(1)\r\n```\r\n",
        "A scene ends.\n\n~~~\n\nAnother one begins.",
        "````\n```\n````",
    ],
)
def test_closed_fences_and_inline_code_pass(text: str):
    assert unclosed(text) is None


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CODE}",
        f"Here it is:\n```\n{CODE}\n\nIt prints a word.",
        f"```\n{CODE}\n```\n```js\n{CODE}",
        f"````\n{CODE}\n```",
        f"```\n{CODE}\n~~~",
        f"```python\n{CODE}\n```python",
        f"~~~python\n{CODE}",
        f"```\n{CODE}\n    ```",
        f"```markdown\n```python\n{CODE}\n```\n```",
        "~~~\n\n```python\nprint(1)",
    ],
)
def test_a_fence_that_is_not_closed_is_refused_in_prompt_and_response(text: str):
    assert "a response" in str(CHECK(candidate(text), config()))
    assert "the prompt" in str(CHECK(candidate("Fine.", key_text=text), config()))


def test_the_detail_names_the_fence_that_is_open():
    assert "```js" in str(CHECK(candidate(f"```\n{CODE}\n```\n```js\n{CODE}"), config()))


LINES = st.lists(st.sampled_from(["", "tide", "  indented", "`inline`", "~", "a ``` b"]), max_size=4)


@st.composite
def blocks(draw: st.DrawFn) -> str:
    char, length = draw(st.sampled_from("`~")), draw(st.integers(3, 5))
    other = "~" if char == "`" else "`"
    body = draw(LINES) + draw(st.sampled_from([[], [other * 3], [char * (length - 1)], [f"{char * length} x"]]))
    info = draw(st.sampled_from(["", "python", " js"]))
    return "\n".join([char * length + info, *body, char * draw(st.integers(length, length + 2))])


@settings(deadline=None)
@given(st.lists(blocks() | LINES.map("\n".join), max_size=5))
def test_closed_fences_stay_closed_when_texts_are_joined(parts: list[str]):
    assert unclosed("\n".join(parts)) is None


@settings(deadline=None)
@given(st.lists(blocks(), max_size=3))
def test_a_fence_opened_behind_closed_ones_is_found(parts: list[str]):
    assert unclosed("\n".join([*parts, "``````python", "print(1)"])) == "``````python"
