"""Every exception users can meet. Each names the value, the place and the remedy.

    HfSynthError
    ├── ConfigError              what was asked for cannot be (also a ValueError)
    │   └── ConsentNeeded            a recipe from elsewhere would spend money, and nobody agreed to it
    ├── MissingExtra             an optional part is not installed (also an ImportError)
    ├── ProviderError            the model's side said no; adapters raise nothing else
    │   ├── AuthenticationFailed     no key, a bad key, or no right to this model
    │   ├── QuotaExhausted           no credit left, or a spend limit was reached
    │   ├── ModelNotFound            unknown or retired model
    │   ├── BatchNotFound            the provider knows no such batch, or keeps its results no longer
    │   ├── BadEndpoint              what answers at the base URL is not the API
    │   ├── RequestInvalid           the server does not take this request (a parameter, say)
    │   ├── ShapeUnsupported         it does not take this form of structured output: lower one dialect
    │   ├── RequestRefused           this one request is refused (too long, filtered): the row is dropped
    │   ├── RateLimited              wait, then the same again; uses up no retry
    │   ├── Overloaded               the service is short of capacity: wait, then the same again
    │   └── Unavailable              timeout, reset, 5xx, broken body: the same again, a few times
    ├── BudgetReached            `run.max_cost` allows no further call
    ├── BatchesRunning           a live run would pay for what batches that still run will answer
    ├── BatchesCancelled         `hf-synth cancel` ended the batches that a run was waiting for
    ├── TooFewRows               too many candidates were refused
    ├── JournalError             the records cannot be read or written
    └── RecordsNotFound          a dataset's records are not on this machine (also a LookupError)

`Unfit` is not an error but the way a candidate leaves the coroutine that makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class HfSynthError(Exception):
    """Base of all errors of hf_synth.

    Attributes:
        exit_code: what the command line exits with.
        retryable: whether the same call may succeed later.
        hint: what to do about it, one sentence.
    """

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), dict(self.__dict__)))


def _rebuild(kind: type[HfSynthError], state: dict[str, Any]) -> HfSynthError:
    error = kind.__new__(kind, state["message"])
    error.__dict__.update(state)
    return error


class ConfigError(HfSynthError, ValueError):
    exit_code = 2


class ConsentNeeded(ConfigError):
    pass


class MissingExtra(HfSynthError, ImportError):
    """An optional dependency is missing; the message names the extra to install."""


class ProviderError(HfSynthError):
    """What a provider said, classified. Carries no SDK object: those hold the key.

    Attributes:
        status: the HTTP status, where there was one.
    """

    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class AuthenticationFailed(ProviderError):
    pass


class QuotaExhausted(ProviderError):
    default_hint = "Add credit or raise the limit with the provider, then run the same again: paid answers are kept."


class ModelNotFound(ProviderError):
    pass


class BatchNotFound(ProviderError):
    default_hint = "It was perhaps sent with another key; `hf-synth cancel --forget` gives it up."


class BadEndpoint(ProviderError):
    default_hint = "Check base_url: it usually ends in /v1."


class RequestInvalid(ProviderError):
    pass


class ShapeUnsupported(ProviderError):
    pass


class RequestRefused(ProviderError):
    """This request cannot be answered, others can. `cause` is counted in the receipt."""

    def __init__(self, message: str, *, cause: str, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(message, hint=hint, status=status)
        self.cause = cause


class RateLimited(ProviderError):
    """Too many requests or tokens. `retry_after`: seconds the server asked us to wait, if it did."""

    retryable = True

    def __init__(
        self, message: str, *, retry_after: float | None = None, hint: str | None = None, status: int | None = 429
    ) -> None:
        super().__init__(message, hint=hint, status=status)
        self.retry_after = retry_after


class Overloaded(RateLimited):
    pass


class Unavailable(ProviderError):
    """A failure of transport or server. `maybe_paid`: the model may have worked before the failure."""

    retryable = True
    default_hint = "Run the same again once the service answers: paid answers are kept."

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        maybe_paid: bool = True,
    ) -> None:
        super().__init__(message, hint=hint, status=status)
        self.retry_after = retry_after
        self.maybe_paid = maybe_paid


class BudgetReached(HfSynthError):
    exit_code = 4
    default_hint = "Raise run.max_cost (--max-cost) and run the same again, or read the rows so far with partial()."


class BatchesRunning(HfSynthError):
    default_hint = "Run it with mode: batch (--mode batch) to wait for them, or cancel them first: hf-synth cancel."


class BatchesCancelled(HfSynthError):
    default_hint = "Results that were ready are kept: run the same again to have the rest made."


class TooFewRows(HfSynthError):
    exit_code = 5


class JournalError(HfSynthError):
    pass


class RecordsNotFound(HfSynthError, LookupError):
    pass


class Unfit(Exception):
    """A candidate that is no row: `cause` is counted in the receipt; `detail` and `notes` are kept in the journal."""

    def __init__(self, cause: str, detail: str = "", notes: Mapping[str, Any] | None = None) -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail
        self.notes = dict(notes or {})
