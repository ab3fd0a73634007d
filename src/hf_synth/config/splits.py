"""How rows, cells and topics are dealt to splits: one at a time, the largest deficit first.

Dealing one at a time makes every split a function of how many were dealt, never of how many will be: no split
shrinks when `count` grows (apportionment by largest remainder does not have this: the Alabama paradox).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction


def check_splits(splits: Mapping[str, int | float], count: int) -> None:
    """Raise ValueError unless fractions sum to 1 or rows sum to `count`, under names `datasets` takes."""
    if not splits:
        raise ValueError("splits is empty. Leave it out for one split called 'train'.")
    for name, share in splits.items():
        if not re.fullmatch(r"\w+(\.\w+)*", name) or name.lower() == "all":
            raise ValueError(f"{name!r} cannot name a split: use letters, digits and '_', and not 'all'.")
        if share <= 0:
            raise ValueError(f"split {name!r} has the share {share}: use a fraction or a number of rows above 0.")
    if list(splits.values()) in ([1], [1.0]):
        return
    integers = [isinstance(share, int) for share in splits.values()]
    total = sum(splits.values())
    if all(integers):
        if total != count:
            raise ValueError(f"the rows of the splits sum to {total}, but count is {count}: make them equal.")
    elif any(integers):
        raise ValueError(f"splits {dict(splits)} mix fractions and rows: use fractions that sum to 1, or rows only.")
    elif not math.isclose(total, 1.0, abs_tol=1e-6):
        raise ValueError(f"the fractions of the splits sum to {total:g}, not to 1.")
    empty = [name for name, rows in row_targets(splits, count).items() if not rows]
    if empty:
        raise ValueError(f"split {empty[0]!r} would get no row of {count}: raise count or its share.")


def weights(splits: Mapping[str, int | float]) -> dict[str, int]:
    """Whole-number weights in the proportion of the shares, as small as they can be."""
    shares = {name: Fraction(str(share)) for name, share in splits.items()}
    scale = math.lcm(*(share.denominator for share in shares.values()))
    whole = {name: int(share * scale) for name, share in shares.items()}
    divisor = math.gcd(*whole.values())
    return {name: weight // divisor for name, weight in whole.items()}


def deal(weight: Mapping[str, int]) -> Iterator[str]:
    """Names without end, each time the one furthest below its share; ties go to the one named first."""
    total = sum(weight.values())
    dealt = dict.fromkeys(weight, 0)
    if len(weight) == 1:
        while True:
            yield from weight
    n = 0
    while True:
        n += 1
        name = max(weight, key=lambda split: weight[split] * n - dealt[split] * total)
        dealt[name] += 1
        yield name


def row_targets(splits: Mapping[str, int | float], count: int) -> dict[str, int]:
    """Rows each split gets of `count`. Rows asked for by number are met to the row."""
    if all(isinstance(share, int) for share in splits.values()) and sum(splits.values()) == count:
        return {name: int(share) for name, share in splits.items()}
    weight = weights(splits)
    if len(weight) == 1:
        return dict.fromkeys(weight, count)
    total = sum(weight.values())
    whole, rest = divmod(count, total)
    targets = {name: whole * share for name, share in weight.items()}  # a full cycle of `deal` meets every weight
    dealing = deal(weight)
    for _ in range(rest):
        targets[next(dealing)] += 1
    return targets
