"""What the server says no with, beside what the library does."""

from __future__ import annotations

from hf_synth.errors import HfSynthError


class NotAllowed(HfSynthError):
    """The operator of this server does not let jobs name such things."""

    default_hint = "Leave it out, or ask whoever runs this server to allow it."


class JobConflict(HfSynthError):
    """A job cannot be what is asked now."""


class QueueFull(HfSynthError):
    """As many jobs wait as may; `retry_after`: seconds after which it may be worth another try."""

    default_hint = "Send it again later."
    retry_after = 30


class BudgetSpent(HfSynthError):
    """The budget of a key is used up."""

    default_hint = "Whoever runs this server can make a key with a larger budget."
