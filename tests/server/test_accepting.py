"""What an Accept header prefers."""

from __future__ import annotations

import pytest

from hf_synth.server.accepting import preferred
from hf_synth.server.answers import Refused

JSON, HTML = "application/json", "text/html"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("nonsense", None),
        ("text/html", HTML),
        ("text/*", HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("application/json;q=0.4, text/html;q=0.5", HTML),
        ("TEXT/HTML; Q=1, */*;q=0.9", HTML),
        ("text/html;q=0, */*", JSON),
        ("application/json, text/html", JSON),
        ("image/png", None),
        ("text/html;q=0", None),
        ("*/*;q=0", None),
    ],
)
def test_the_most_liked_one_is_taken_and_of_equals_the_first(accept, wanted):
    if wanted is None:
        with pytest.raises(Refused) as refused:
            preferred(accept, [JSON, HTML])
        assert refused.value.status == 406
    else:
        assert preferred(accept, [JSON, HTML]) == wanted
