"""How far a measured rate can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Z95 = 1.959964  # standard normal quantile of a two-sided 95 % interval


def wilson_interval(successes: float, trials: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval (1927) of a rate; 95 % where ``z`` is left alone. Trials count as independent.

    Raises ValueError where the counts make no rate.
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes of {trials} trials make no rate")
    rate, spread = successes / trials, z * z / trials
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt(rate * (1 - rate) / trials + spread / (4 * trials)) / (1 + spread)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def wilson(outcomes: Sequence[float], groups: Sequence[str] | None = None) -> tuple[float, float] | None:
    """The 95 % interval of a list of outcomes, each true or false, to four digits; None where there is none.

    ``groups``: what each is about, where those about one thing may agree for that reason alone. They then count as
    so many fewer trials (the design effect of Kish, 1965).
    """
    if not outcomes:
        return None
    effect = _design_effect(np.array(outcomes, float), groups) if groups else 1.0
    low, high = wilson_interval(sum(map(bool, outcomes)) / effect, len(outcomes) / effect)
    return round(low, 4), round(high, 4)


def _design_effect(outcomes: np.ndarray, groups: Sequence[str]) -> float:
    """How many outcomes count as one: 1 where those of a group agree by chance only, its size where all do."""
    names, group = np.unique(groups, return_inverse=True)
    off = outcomes - outcomes.mean()
    if not off.any():
        return len(outcomes) / len(names)
    return max(float((np.bincount(group, off) ** 2).sum() / (off**2).sum()), 1.0)
