"""What the server says no with, beside what the library does."""

from __future__ import annotations

from hf_synth.errors import HfSynthError


class NotAllowed(HfSynthError):
    """The operator of this server does not let jobs name such things."""

    default_hint = "Leave it out, or ask whoever runs this server to allow it."


class NoKey(NotAllowed):
    """The operator of this server has no key for what a job asks."""

    default_hint = "Ask whoever runs this server; models.generator = 'offline' needs none."


class JobConflict(HfSynthError):
    """A job cannot be what is asked now."""


class QueueFull(HfSynthError):
    """As many jobs wait as may; `retry_after`: seconds after which it may be worth another try."""

    default_hint = "Send it again later."
    retry_after = 30


class WorkersLost(HfSynthError):
    """Worker after worker ended while it ran a job."""

    default_hint = (
        "Its rows so far can be read, and sent again it goes on from its answers. Whoever runs this server finds in "
        "its log how the workers ended; where memory ran out, a smaller count helps."
    )

    @classmethod
    def after(cls, times: int) -> WorkersLost:
        """With how often it happened."""
        return cls(f"{times} times a worker ended while it ran this job.")


class BudgetSpent(HfSynthError):
    """The budget of a key is used up."""

    default_hint = "Whoever runs this server can make a key with a larger budget."
