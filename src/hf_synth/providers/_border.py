"""The border: whatever a server or an SDK did comes out as one error of ours.

Exceptions of both SDKs hold the request and with it the key, and they pickle it. So nothing of theirs crosses:
errors are built from text alone, redacted, and raised where no other exception is being handled.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hf_synth import errors
from hf_synth.providers._faults import Fault, Said, batch_fault, classify, embedded_status, read, told
from hf_synth.providers._headers import retry_after
from hf_synth.providers._json import items, table
from hf_synth.providers._keys import OFFLINE, address, redact
from hf_synth.tiers import facts

_LONGEST = 300
_NEVER_SENT = frozenset(("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"))
_NEVER_SENT_AIOHTTP = frozenset(("ClientConnectorError", "ConnectionTimeoutError", "ClientProxyConnectionError"))
_SAY_ALL = {"quota": errors.QuotaExhausted, "shape": errors.ShapeUnsupported}
_HAVE_WAITS = {"rate": errors.RateLimited, "overloaded": errors.Overloaded}
_HAVE_HINTS = {
    "auth": errors.AuthenticationFailed,
    "model": errors.ModelNotFound,
    "endpoint": errors.BadEndpoint,
    "invalid": errors.RequestInvalid,
}
_PERHAPS_PAID = frozenset((408, 499, 504, 520, 524))
"""Answers of a gateway that gave up waiting, while the model behind it may have gone on."""


@dataclass(frozen=True, slots=True)
class Border:
    """Where a call goes, as far as messages need to know; `variable` is where its key came from."""

    provider: str
    model: str
    base_url: str
    variable: str | None
    key: str | None = field(repr=False)
    endpoint_hint: str = errors.BadEndpoint.default_hint

    def text(self, what: str) -> str:
        """One sentence on provider, model and host, without keys, control characters or length."""
        what = redact(re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", what).strip(), self.key)
        what = what if len(what) <= _LONGEST else what[: _LONGEST - 1] + "…"
        return f"{self.provider} model {self.model!r} at {address(self.base_url)}: {what}"

    def status(
        self, status: int, headers: Mapping[str, str], content: bytes, *, shaped: bool, place: str = ""
    ) -> errors.ProviderError:
        """The error for an answer with a status that is not 200. `place` is a redirect's target."""
        if 300 <= status < 400:
            where = f" to {place.partition('?')[0]}" if place else ""
            return self._bad_endpoint(f"redirected{where} (HTTP {status}); redirects are not followed.", status)
        said = read(content)
        fault = classify(status, said, shaped=shaped)
        return self._error(fault, said, status, headers, maybe_paid=status in _PERHAPS_PAID)

    def embedded(self, body: Any, headers: Mapping[str, str], *, shaped: bool) -> errors.ProviderError:
        """The error for an error inside a 200, as gateways send it when a model behind them failed."""
        said = told(body)
        status = embedded_status(said)
        fault = classify(status, said, shaped=shaped)
        if fault in ("invalid", "endpoint", "unprocessable"):
            fault = "unavailable"
        return self._error(fault, said, status, headers, maybe_paid=status not in (502, 503))

    def no_answer(self, what: str) -> errors.Unavailable:
        """The error for a 200 that holds no answer: cut, empty, without choices. The model may have worked."""
        return errors.Unavailable(self.text(what), status=200)

    def not_the_api(self, content: bytes) -> errors.BadEndpoint:
        """The error for a 200 that is no JSON: a captive portal, a web page."""
        seen = re.sub(r"<[^>]*>", " ", content[:2000].decode("utf-8", "replace"))
        return self._bad_endpoint(f"what answers is not the API, it says: {seen[:120]!r}", 200)

    def timeout(self, limit: float, setting: str = " (run.timeout)") -> errors.Unavailable:
        """The error for a call that took longer than its total time."""
        return errors.Unavailable(self.text(f"no complete answer within {limit:g} s{setting}."))

    def transport(self, error: BaseException) -> errors.ProviderError:
        """The error for a failed connection. Reads the chain of causes; keeps none of it."""
        chain = list(_causes(error))
        kinds = {base.__name__ for one in chain for base in type(one).__mro__}
        words = next((str(one) for one in reversed(chain) if str(one)), type(chain[-1]).__name__)
        if kinds & {"InvalidURL", "UnsupportedProtocol"}:
            return self._bad_endpoint(f"no usable address: {words}", None)
        if "SSLCertVerificationError" in kinds:
            return errors.BadEndpoint(
                self.text(f"its certificate is not trusted: {words}"),
                hint="Check base_url, or name your own authority's certificates in SSL_CERT_FILE.",
            )
        never_sent = kinds & (_NEVER_SENT_AIOHTTP if "ClientError" in kinds else _NEVER_SENT)
        what = "cannot connect" if never_sent else "the connection broke before the answer was complete"
        return errors.Unavailable(self.text(f"{what}: {words}"), maybe_paid=not never_sent)

    def shape(self, why: str) -> errors.ShapeUnsupported:
        """The error for a schema that a dialect cannot express; no call was made."""
        return errors.ShapeUnsupported(self.text(f"this form of structured output cannot express {why}"))

    def unsendable(self) -> errors.RequestRefused:
        """The error for text that is no Unicode (half a surrogate pair); no call was made."""
        return errors.RequestRefused(self.text("the request holds text that is no Unicode."), cause="unprocessable")

    def in_batch(self, status: int | None, body: Any) -> errors.ProviderError:
        """The error for one request of a batch. Nothing was paid; it may have asked to enforce a schema."""
        said = told(body or {"error": None})
        status = status or embedded_status(said)
        return self._error(classify(status, said, shaped=True), said, status, {}, maybe_paid=False)

    def batch_failed(self, faults: Any) -> errors.ProviderError:
        """The error for a batch that was refused as a whole, from its list of errors; the first of them tells."""
        known = [table(fault) for fault in items(faults)]
        first = next(iter(known), {"message": "the batch failed, no reason given"})
        said = told({"error": first})
        where = f"line {first['line']}: " if first.get("line") is not None else ""
        more = f" (and {len(known) - 1} more)" if len(known) > 1 else ""
        text = f"{where}{said.message or ' '.join(said.codes)}{more}"
        return self._error(batch_fault(said), Said(text, said.codes, said.param), 400, {}, maybe_paid=False)

    def no_batch(self, batch: str, status: int, content: bytes) -> errors.BatchNotFound:
        """The error for a 404 where a batch was asked for by its id."""
        return errors.BatchNotFound(self.text(f"it has no batch {batch!r}: {read(content).message}"), status=status)

    def _bad_endpoint(self, what: str, status: int | None) -> errors.BadEndpoint:
        return errors.BadEndpoint(self.text(what), status=status, hint=self.endpoint_hint)

    def _error(
        self, fault: Fault, said: Said, status: int, headers: Mapping[str, str], *, maybe_paid: bool
    ) -> errors.ProviderError:
        reason = said.message or " ".join(said.codes) or "no reason given"
        text = self.text(f"{reason} (HTTP {status})")
        if fault in _SAY_ALL:
            return _SAY_ALL[fault](text, status=status)
        if fault in _HAVE_HINTS:
            return _HAVE_HINTS[fault](text, hint=self._hint(fault, said), status=status)
        if fault in _HAVE_WAITS:
            return _HAVE_WAITS[fault](text, retry_after=retry_after(headers, time.time()), status=status)
        if fault == "unavailable":
            wait = retry_after(headers, time.time())
            return errors.Unavailable(text, status=status, retry_after=wait, maybe_paid=maybe_paid)
        return errors.RequestRefused(text, cause=fault, status=status)

    def _hint(self, fault: Fault, said: Said) -> str:
        if fault == "endpoint":
            return self.endpoint_hint
        if fault == "model":
            successor = facts(self.model).successor
            return f"Its successor is {successor!r}." if successor else "Check the model's name and your access to it."
        if fault == "auth" and self.key is None:
            return f"No key was sent: name its environment variable in api_key_env, {OFFLINE}"
        if fault == "auth":
            return f"Check the key in {self.variable} and its right to this model, {OFFLINE}"
        blamed = f": the server blames {said.param!r}." if said.param else " and params."
        return redact(f"Check models{blamed}", self.key)


def _causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    for _ in range(10):
        if one is None:
            return
        yield one
        one = one.__cause__ or one.__context__
