"""Requests per minute that no header tells: found out by being turned away."""

from __future__ import annotations

from hf_synth.engine.doubt import Doubt
from hf_synth.engine.pace import Pace, less

_BELOW = 0.03  # how far below what was accepted within a minute one stays after calls were turned away
_LEAST = 0.85  # of the same, which chance cannot take away
_WRONG = 0.7  # of the same: who is turned away at less has met no limit of calls per minute
_FEWER = 0.75  # of the calls that had been accepted at once: with so few in flight a call tells
_TELLING = 5  # such calls turned away
_MANY = 0.25  # of such calls
_LASTS = 0.3  # seconds from the first of those to the last, where no more were accepted in a minute than ran at once
_TIMES = 4  # the share that is turned away at any time
_ALL = 0.9  # of such calls, where that share is not known yet
_STILL = 0.5  # of such calls, where that share was reached before
_KNOWN, _OLD = 20, 1000  # calls after which it is, and after which old ones count half
_REMEMBERED = 180.0  # seconds
_SAME_STORM = 2.0  # seconds
_CALM, _CALMEST = 15.0, 120.0  # seconds without a 429 after which more is tried: ever longer where it was in vain
_FIRST_STEP, _LAST_STEP = 0.04, 1.0
_ANEW = 30.0  # seconds after a wrong guess until storms may lead to another


class Weather:
    """The share of calls that is turned away whatever one does, known from the time before storms."""

    def __init__(self) -> None:
        self._second = 0.0
        self._counts = ([0, 0], [0, 0], [0, 0])  # begun and turned away: in this second, the one before, before those

    def count(self, now: float, begun: int, limited: int) -> None:
        """Count a call."""
        latest, before, old = self._counts
        if now - self._second > 1.0:
            self._second = now
            half = 1 + (old[0] > _OLD)
            self._counts = ([begun, limited], latest, [(old[0] + before[0]) // half, (old[1] + before[1]) // half])
        else:
            latest[0] += begun
            latest[1] += limited

    @property
    def many(self) -> float:
        """The share from which on it is no chance; the last seconds, when a storm may have begun, are left out."""
        begun, limited = self._counts[2]
        return _ALL if begun < _KNOWN else max(_MANY, min(_ALL, _TIMES * limited / begun))


class Guess:
    """A pace found by running into the limit.

    A server that minds how many calls run at once turns none away after everyone has paused and fewer run; one that
    counts calls per minute does. So after a storm those calls tell that begin while clearly fewer are in flight than
    were accepted not long ago: where many of them are turned away, and many more than at other times, the limit is
    what was accepted in the last minute. A guess is tried out at once (`Doubt`): a server that is slow to notice that
    calls ended turns away as well.

    Attributes:
        pace: without bound until then. Afterwards a little below that, and from there on upwards, ever faster while
            nothing is turned away.
    """

    def __init__(self) -> None:
        self.pace = Pace()
        self._best = 0.0  # what was accepted in a minute when the limit was found
        self._found_at = 0.0
        self._changed_at = float("-inf")
        self._step, self._calm = _FIRST_STEP, _CALM
        self._at_once, self._at_once_at = 0, 0.0  # the most calls that were under way together, and when
        self._weather = Weather()
        self._doubt = Doubt()
        self._storm_at = float("-inf")
        self._calm_from = float("inf")  # when its pause ended; infinite where no storm is remembered
        self._begun = self._limited = 0  # telling calls since
        self._suspected = False  # whether those were enough when they were counted last
        self._told_from = 0.0  # when the first of those was turned away

    def delay(self, now: float) -> float:
        """Seconds until a call may start."""
        delay = self.pace.delay(now, 1)
        return min(delay, self._doubt.delay(now)) if delay else 0.0

    def take(self, now: float, beside: int) -> None:
        """A call starts, one of so many in flight."""
        self.pace.take(now, 1)
        self._doubt.take(now)
        if self._calm_from == float("inf"):
            self._weather.count(now, 1, 0)
        elif now - self._storm_at > _REMEMBERED:
            self._calm_from = float("inf")
        else:
            self._begun += self._tells(now, beside)

    def _tells(self, began: float, beside: int) -> bool:
        return began >= self._calm_from and beside <= _FEWER * self._at_once

    def _may_be_told(self, now: float) -> bool:
        """Whether calls that ended just now, and that the server still counted, cannot be what told."""
        several = self.pace.allowed is not None or self.pace.within(now) > self._at_once
        return several or now - self._told_from >= _LASTS

    def storm(self, now: float, pause: float) -> None:
        """Too many calls are turned away, and everyone is told to pause."""
        if now - self._storm_at > _REMEMBERED:
            self._storm_at, self._calm_from = now, now + pause
            self._begun = self._limited = 0
            self._suspected = False

    def limited(self, now: float, began: float, beside: int) -> bool:
        """A call was turned away; whether this told that calls per minute are what is limited."""
        self.pace.give_back(began, 1)
        if self._calm_from == float("inf"):
            self._weather.count(now, 0, 1)
        elif self._tells(began, beside):
            self._limited += 1
            self._told_from = now if self._limited == 1 else self._told_from
            share = min(self._weather.many, _STILL) if self._suspected else self._weather.many
            self._suspected = self._limited >= _TELLING and self._limited > share * self._begun
            if self._suspected and self._may_be_told(now):
                return self._found(now)
        tried = self._doubt.covers(now, began)
        self._doubt.limited(now, began)
        if self.pace.allowed is not None and not tried:
            self._fall(now, self.pace.allowed)
        return False

    def accepted(self, now: float, in_flight: int, began: float = float("-inf")) -> None:
        """A call was answered, and until then so many were in flight, itself included."""
        if self._doubt.accepted(now, began):
            self._forget(now, _ANEW)
        if in_flight >= self._at_once or now - self._at_once_at > _REMEMBERED:
            self._at_once, self._at_once_at = in_flight, now
        allowed = self.pace.allowed
        if allowed is None or now - self._changed_at < self._calm or self.pace.within(now) < int(0.9 * allowed):
            return
        step = self._step
        self._set(now, allowed * (1 + step))
        self._step = min(_LAST_STEP, 2 * step)
        if allowed > self._best:
            self._calm = _CALM

    def _found(self, now: float) -> bool:
        """Begin with what was accepted in the last minute; or give up, where many are turned away at much less."""
        self._calm_from = float("inf")
        accepted = self.pace.within(now)
        if self.pace.allowed is not None and accepted < _WRONG * self._best:
            self._forget(now, _REMEMBERED)
            return False
        self._storm_at = float("-inf")
        self._found_at, self._calm = now, _CALM
        self._best = accepted
        self._set(now, less(accepted, _BELOW))
        self._doubt.begin(now, accepted)
        return True

    def _forget(self, now: float, seconds: float) -> None:
        """Give up, and make no other guess of storms for a while."""
        self._storm_at, self._calm_from = now - _REMEMBERED + seconds, float("inf")
        self._set(now, None)

    def _fall(self, now: float, allowed: float) -> None:
        """Go back to what was accepted in the last minute."""
        if now - self._found_at < _SAME_STORM:  # it was one of those in flight then
            self._best = self.pace.within(now)
        elif now - self._changed_at > _SAME_STORM:
            self._calm = min(_CALMEST, 2 * self._calm)
        accepted = less(self.pace.within(now), _BELOW)
        self._set(now, min(allowed, max(accepted, _LEAST * self._best)))

    def _set(self, now: float, allowed: float | None) -> None:
        self.pace.set(now, allowed)
        self._changed_at = now
        self._step = _FIRST_STEP
