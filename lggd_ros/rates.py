"""How far a measured rate can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z95 = 1.959964  # standard normal quantile of a two-sided 95 % interval


def wilson_interval(successes: int, trials: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval (1927) of a rate; 95 % where ``z`` is left alone. Trials count as independent.

    Raises ValueError where the counts make no rate.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes of {trials} trials make no rate")
    rate, spread = successes / trials, z * z / trials
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt(rate * (1 - rate) / trials + spread / (4 * trials)) / (1 + spread)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def wilson(outcomes: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of a list of outcomes, each true or false, to four digits; None where there is none."""
    if not outcomes:
        return None
    low, high = wilson_interval(sum(map(bool, outcomes)), len(outcomes))
    return round(low, 4), round(high, 4)
