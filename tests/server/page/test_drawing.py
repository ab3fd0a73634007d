from __future__ import annotations

import re

import pytest

from hf_synth.server.page.drawing import draw, page


def test_files_are_kept_by_browsers_and_named_by_what_they_hold(person):
    http = person().http
    found = re.findall(r'"(/static/[^"]+)"', http.get("/").text)
    assert len(found) == 2
    for address in found:
        answer = http.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert re.search(r"v=[0-9a-f]{12}$", address)


@pytest.mark.parametrize("name", ["page.py", "..%2Fdrawing.py", "%2Fetc%2Fpasswd"])
def test_no_other_file_is_handed_out(person, name):
    assert person().http.get(f"/static/{name}").status_code == 404


def test_what_is_no_unicode_becomes_a_question_mark():
    problem = {"title": "x", "status": 400, "detail": "a\ud800b"}
    assert b"a?b" in page("problem", problem=problem).body


def test_markup_in_values_is_text():
    text = draw("problem", problem={"title": "<b>", "status": "<i>", "detail": "<u>", "hint": "<s>"})
    assert not re.search("<[biu]>|<s>", text)
