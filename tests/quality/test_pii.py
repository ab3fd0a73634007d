from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_synth.quality.pii import CHECK
from quality.making import candidate, config
from quality.texts import GOOD

LETTERS = "q7Zk2Xw9Lm4Tb8Rv3Ny6Pd1Hs5Jf0GcAeQ2Wz7Xk"  # long enough for any key

FOUND = [
    ("en", "Write to jane.doe@gmail.com today.", "e-mail address", "j…@gmail.com"),
    ("en", "(mail: Tom+news@mail.harbour.co.uk)", "e-mail address", "T…@mail.harbour.co.uk"),
    ("de", "Schreib an jörg@gmx.de.", "e-mail address", "j…@gmx.de"),
    ("en", "Call +1 650-253-0000 before noon.", "phone number", "+165…00"),
    ("en", "Call (650) 253-0000 before noon.", "phone number", "+165…00"),
    ("en", "Call +49 30 227-32152.", "phone number", "+493…52"),
    ("de", "Ruf an: 030 227-32152.", "phone number", "+493…52"),
    ("fr", "Appelez le 01 40 20 53 17.", "phone number", "+331…17"),
    ("en", "Pay with 4539 1488 0343 6467 please.", "card number", "…6467"),
    ("en", "Pay with 4539148803436467 please.", "card number", "…6467"),
    ("en", "Send it to DE75 5121 0800 1245 1261 99.", "IBAN", "DE…99"),
    ("en", "Send it to GB33BUKB20201555555556 or FR1420041010050500013M02607 or NL20INGB0001234567.", "IBAN", "NL…67"),
    ("en", f"Set AKIA{LETTERS.upper()[:16]} first.", "key", "AKIA…"),
    ("en", f"token: ghp_{LETTERS[:36]}", "key", "ghp_…"),
    ("en", f"OPENAI_API_KEY=sk-proj-{LETTERS}", "key", "sk-p…"),
    ("en", f"key sk-ant-api03-{LETTERS}", "key", "sk-a…"),
    ("en", f"AIza{LETTERS[:35]}", "key", "AIza…"),
    ("en", f"-----BEGIN RSA PRIVATE KEY-----\n{LETTERS[:40]}\n", "key", "----…"),
]

FREE = [
    ("en", "Write to jane@example.com, bob@mail.example.org or eve@company.test."),
    ("en", "Clone git@github.com:tides/harbour.git and npm install tides@1.2.3."),
    ("en", "Call (212) 555-0142 or +1 650-555-0199; in London +44 20 7946 0123."),
    ("fr", "Appelez le 01 99 00 12 34."),
    ("de", "Ruf an: 030 23125 123."),
    ("en", "Pay with 4242 4242 4242 4242, 4111111111111111 or 3782 822463 10005."),
    ("en", "The IBAN of every example is DE89 3704 0044 0532 0130 00 or GB82 WEST 1234 5698 7654 32."),
    ("en", "Set AKIAIOSFODNN7EXAMPLE and sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx first."),
    ("en", "A risk-free, task-based and well-documented desk-sized machine."),
    ("en", "In 1914-1918 and 1939-1945; on 2024-03-01 at 10:30; 12,345,678 people; 3.14159265358979."),
    ("en", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; 10 20 30 40 50; 1000000007 is prime; 2127365000 bytes."),
    ("en", "ISBN 978-3-16-148410-0, version 10.0.19041.388, 192.168.100.200, order 4539148803436468."),
    ("en", "a = 1234567890; b = 0.000000123; c = 16 * 4096 * 65536; 2^64 = 18446744073709551616"),
    ("en", "def test(user): return user@host  # a decorator is written @app.route('/a')"),
]


@pytest.mark.parametrize(("language", "prompt", "text"), GOOD)
def test_good_texts_are_not_marked(language: str, prompt: str, text: str):
    assert CHECK(candidate(text, key_text=prompt), config(language=language)) is None


@pytest.mark.parametrize(("language", "text", "kind", "masked"), FOUND)
def test_what_looks_like_personal_data_is_marked_and_shown_masked(language: str, text: str, kind: str, masked: str):
    said = f"{kind} {masked}"
    assert CHECK(candidate(text), config(language=language)) == said
    assert CHECK(candidate("Fine.", key_text=text), config(language=language)) == said


@pytest.mark.parametrize(("language", "text"), FREE)
def test_numbers_and_what_is_reserved_for_examples_are_not_marked(language: str, text: str):
    assert CHECK(candidate(text), config(language=language)) is None


def test_it_marks_rows_and_drops_none():
    assert CHECK.flags is True


def test_each_kind_is_named_once():
    text = "Write to jane@gmail.com or tom@gmail.com, or call +1 650-253-0000."
    assert CHECK(candidate(text, text), config()) == "e-mail address j…@gmail.com, phone number +165…00"


NAMES = st.text(string.ascii_lowercase, min_size=2, max_size=12)


@given(NAMES, NAMES, st.sampled_from(["com", "de", "co.uk", "io"]), st.sampled_from(["", "mailto:", "<", "("]))
def test_an_address_is_found_anywhere_and_its_name_is_never_told(name: str, host: str, tld: str, before: str):
    if host == "example":
        return
    said = str(CHECK(candidate(f"Write to {before}{name}@{host}.{tld}, please."), config()))
    assert said == f"e-mail address {name[0]}…@{host}.{tld}"
