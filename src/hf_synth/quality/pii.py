"""What looks like personal data or a secret: e-mail addresses, phone and card numbers, IBANs, keys. Marks rows.

Numbers are judged by libraries: phonenumbers (Google's libphonenumber; valid for a country and written like one),
python-stdnum (Luhn, and IBAN with its country's form). A key is known by the prefix its issuer gave it for that end.
What is reserved for examples is not marked: example.com, 555-01xx and the like, test cards, documented IBANs and keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from hf_synth.quality._reserved import CARDS, IBANS, KEYS, MAIL, PHONES, REGIONS
from hf_synth.quality._text import has_any

if TYPE_CHECKING:
    from hf_synth.config import GenerationConfig
    from hf_synth.types import Candidate

_MAIL = re.compile(r"(?<![\w.+/-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b")
_DIGIT = re.compile("[0-9]")
_SEVEN_DIGITS = re.compile(r"[0-9](?:[ ().\-/]{0,3}[0-9]){6}")
_PHONE = re.compile(r"(?<![\w.,/=$€£-])(?:\+ ?|\()?\d(?:[ ().\-/]{0,3}\d){6,14}(?![\d%])")
_CARD = re.compile(r"(?<![\w.,-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{4,5})(?![\w,-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_PREFIXES = tuple("AKIA ASIA gh github_pat glpat- sk- sk_ rk_ AIza xox hf_ npm_ pypi- SG. eyJ PRIVATE".split())
_WITHOUT_DIGITS = ("hf_", "PRIVATE")
_KEY = re.compile(
    r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,}|glpat-[\w-]{20,}"
    r"|sk-(?:ant-|proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}|[sr]k_live_[A-Za-z0-9]{16,}|AIza[\w-]{35}"
    r"|xox[abposr]-[A-Za-z0-9-]{20,}|hf_[A-Za-z]{34}|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,}|SG\.[\w-]{22}\.[\w-]{43}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{32}"
)
_DISTINCT = 12  # characters of a key that was drawn, not made up
_AROUND = 12


class Pii:
    """Marks rows with what looks like personal data or a secret; shows it masked."""

    name = "pii"
    version = 1
    flags = True

    def __call__(self, candidate: Candidate, config: GenerationConfig) -> str | None:
        seen: dict[str, str] = {}
        for text in (candidate.key_text, *candidate.responses):
            for kind, masked in _find(text, config.constraints.language):
                seen.setdefault(kind, masked)
        return ", ".join(f"{kind} {masked}" for kind, masked in seen.items()) or None


def _find(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Kinds with what was found, masked. A text without `@`, seven digits or a key's prefix costs next to nothing."""
    if "@" in text:
        for found in _MAIL.finditer(text):
            name, _, host = found[0].partition("@")
            if not MAIL.search(found[0]):
                yield "e-mail address", f"{name[0]}…@{host}"
    digits = _DIGIT.search(text)
    if has_any(text, _PREFIXES if digits else _WITHOUT_DIGITS):
        for found in _KEY.finditer(text):
            if len(set(found[0])) >= _DISTINCT and not KEYS.search(found[0]):
                yield "key", f"{found[0][:4]}…"
    if digits and _SEVEN_DIGITS.search(text):
        yield from _numbers(text, language)


def _numbers(text: str, language: str) -> Iterator[tuple[str, str]]:
    _, luhn, iban = _libraries()
    for found in _IBAN.finditer(text):
        plain = found[0].replace(" ", "")
        if plain not in IBANS and iban.is_valid(plain):
            yield "IBAN", f"{plain[:2]}…{plain[-2:]}"
            text = text.replace(found[0], " ")
    for found in _CARD.finditer(text):
        plain = re.sub(r"\D", "", found[0])
        if plain[0] in "3456" and luhn.is_valid(plain):
            if plain not in CARDS:
                yield "card number", f"…{plain[-4:]}"
            text = text.replace(found[0], " ")
    for found in _PHONE.finditer(text):
        if found[0].isdigit() and not found[0].startswith("0"):
            continue  # an amount, a count, a key of a table
        around = text[max(0, found.start() - _AROUND) : found.end() + _AROUND]
        if number := _phone(around, language):
            yield "phone number", f"{number[:4]}…{number[-2:]}"


def _phone(text: str, language: str) -> str | None:
    """The first phone number in a text, as it is dialled from abroad."""
    phonenumbers, _, _ = _libraries()
    first, _, rest = language.partition("-")
    region = rest if len(rest) == 2 else REGIONS.get(first)
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.STRICT_GROUPING):
        number: str = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        if not PHONES.match(number):
            return number
    return None


@cache
def _libraries() -> tuple[Any, Any, Any]:
    """phonenumbers, and of stdnum luhn and iban: 50 ms, once, where there are digits to judge."""
    import phonenumbers  # noqa: PLC0415 loads after the first call is out
    from stdnum import iban, luhn  # noqa: PLC0415

    return phonenumbers, luhn, iban


CHECK = Pii()
