"""Verdicts summed up: J@N, IoU and Pr@X (LGGD, section IV-A), and whether the network knows when to say no."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lggd_ros.data.scene import MATCHES
from lggd_ros.rates import wilson
from lggd_ros.training.verdicts import Verdict

PRECISIONS = (50, 60, 70, 80, 90)
RANKS = {"J@1": 1, "J@5": 5, "J@Any": math.inf}
Counted = tuple[Sequence[Verdict], Callable[..., float | bool]]  # of which a share or a mean is taken, and what of each


def figures(verdicts: Sequence[Verdict]) -> dict:
    """All figures as shares in [0, 1], None where nothing was to be judged; broken down by type and by class of thing.

    ``counts``: instructions about a ``single`` thing, over which J@N is taken, and those of them whose thing is
    ``graspable``, the most that could be correct; ``J@1_graspable`` is taken over those, as published data have no
    others. ``landed``: the best grasp lies on the thing meant; ``mistaken``: it does not, although a thing is called
    found. ``presence_auroc``: how well presence tells what is there from what is absent. ``legacy``: J@N by CROG's
    metric, where it was asked for.
    ``intervals``: 95 % bounds of every rate, wider as instructions about one table agree; IoU is a mean and has none.
    """
    by_class = _groups([v for v in verdicts if v.thing is not None], lambda verdict: str(verdict.thing))
    return {**_summary(verdicts), "by_type": _groups(verdicts, lambda verdict: verdict.type), "by_class": by_class}


def _groups(verdicts: Sequence[Verdict], key: Callable[[Verdict], str]) -> dict[str, dict]:
    groups = defaultdict(list)
    for verdict in verdicts:
        groups[key(verdict)].append(verdict)
    return {name: _summary(some) for name, some in sorted(groups.items())}


def _summary(verdicts: Sequence[Verdict]) -> dict:
    there, absent = ([v for v in verdicts if (v.match > 0) == wanted] for wanted in (True, False))
    single = [v for v in there if v.match == 1]
    counted: dict[str, Counted] = {
        **_hits(single, lambda v: v.rank),
        "IoU": (there, lambda v: v.iou),
        **{f"Pr@{x}": (there, lambda v, x=x: v.iou > x / 100) for x in PRECISIONS},
        "match_accuracy": (verdicts, lambda v: v.predicted == v.match),
        "absent_called_found": (absent, _found),
        "landed": (single, lambda v: v.landed == v.target),
        "mistaken": (single, lambda v: _found(v) and v.landed != v.target),
        "J@1_graspable": ([v for v in single if v.graspable], lambda v: v.rank < 1),
    }
    presence = auroc(*([v.presence for v in some] for some in (there, absent)))
    summary = {"instructions": len(verdicts), **_rates(counted), "presence_auroc": presence}
    summary["counts"] = {"single": len(single), "graspable": sum(v.graspable for v in single)}
    legacy = [v for v in single if v.legacy_rank is not None]
    return {**summary, "legacy": _rates(_hits(legacy, lambda v: v.legacy_rank))} if legacy else summary


def _found(verdict: Verdict) -> bool:
    return verdict.predicted == MATCHES.index("one")


def _hits(verdicts: Sequence[Verdict], rank: Callable[[Verdict], float | None]) -> dict[str, Counted]:
    return {name: (verdicts, lambda v, n=n: rank(v) < n) for name, n in RANKS.items()}


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """Probability that one of the first exceeds one of the second, ties counting half; None where either is empty."""
    if not higher or not lower:
        return None
    order = np.sort(np.asarray(lower))
    below = (np.searchsorted(order, higher, "left") + np.searchsorted(order, higher, "right")) / 2
    return round(float(below.mean() / len(order)), 4)


def _rates(counted: Mapping[str, Counted]) -> dict:
    """Means, rounded to four digits, and intervals."""
    values = {
        name: ([float(count(v)) for v in some], [v.table for v in some]) for name, (some, count) in counted.items()
    }
    means = {name: round(float(np.mean(its)), 4) if its else None for name, (its, _) in values.items()}
    return {**means, "intervals": {name: wilson(*its) for name, its in values.items() if name != "IoU"}}
