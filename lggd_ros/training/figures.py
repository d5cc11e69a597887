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


def figures(verdicts: Sequence[Verdict]) -> dict:
    """All figures as shares in [0, 1], None where nothing was to be judged; broken down by type and by class of thing.

    ``counts``: instructions about a ``single`` thing, over which J@N is taken, and those of them whose thing is
    ``graspable``, the most that could be correct; ``J@1_graspable`` is taken over those, as published data have no
    others. ``landed``: the best grasp lies on the thing meant; ``mistaken``: it does not, although a thing is called
    found. ``presence_auroc``: how well presence tells what is there from what is absent. ``legacy``: J@N by CROG's
    metric, where it was asked for.
    ``intervals``: 95 % bounds of every rate; they take instructions as independent, which those about one picture are
    not quite. IoU is a mean and has none.
    """
    by_class = _groups([v for v in verdicts if v.thing is not None], lambda verdict: str(verdict.thing))
    return {**_summary(verdicts), "by_type": _groups(verdicts, lambda verdict: verdict.type), "by_class": by_class}


def _groups(verdicts: Sequence[Verdict], key: Callable[[Verdict], str]) -> dict[str, dict]:
    groups = defaultdict(list)
    for verdict in verdicts:
        groups[key(verdict)].append(verdict)
    return {name: _summary(some) for name, some in sorted(groups.items())}


def _summary(verdicts: Sequence[Verdict]) -> dict:
    single = [v for v in verdicts if v.match == 1]
    ious = np.array([v.iou for v in verdicts if v.match > 0])
    hits = _hits([v.rank for v in single])
    legacy = _hits([v.legacy_rank for v in single if v.legacy_rank is not None])
    samples = {
        "J@1": hits["J@1"],
        "J@5": hits["J@5"],
        "IoU": ious.tolist(),
        **{f"Pr@{x}": (ious > x / 100).tolist() for x in PRECISIONS},
        "match_accuracy": [v.predicted == v.match for v in verdicts],
        "absent_called_found": [v.predicted == MATCHES.index("one") for v in verdicts if v.match == 0],
        "J@Any": hits["J@Any"],
        "landed": [v.landed == v.target for v in single],
        "mistaken": [v.predicted == MATCHES.index("one") and v.landed != v.target for v in single],
        "J@1_graspable": [v.rank < 1 for v in single if v.graspable],
    }
    there, absent = ([v.presence for v in verdicts if (v.match > 0) == wanted] for wanted in (True, False))
    summary = {"instructions": len(verdicts), **_rates(samples), "presence_auroc": auroc(there, absent)}
    summary["counts"] = {"single": len(single), "graspable": sum(v.graspable for v in single)}
    return {**summary, "legacy": _rates(legacy)} if legacy["J@1"] else summary


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """Probability that one of the first exceeds one of the second, ties counting half; None where either is empty."""
    if not higher or not lower:
        return None
    order = np.sort(np.asarray(lower))
    below = (np.searchsorted(order, higher, "left") + np.searchsorted(order, higher, "right")) / 2
    return round(float(below.mean() / len(order)), 4)


def _hits(ranks: Sequence[float]) -> dict[str, list[bool]]:
    return {name: [rank < n for rank in ranks] for name, n in RANKS.items()}


def _rates(samples: Mapping[str, Sequence[float]]) -> dict:
    """Means, rounded to four digits, and intervals."""
    means = {name: round(float(np.mean(values)), 4) if values else None for name, values in samples.items()}
    return {**means, "intervals": {name: wilson(values) for name, values in samples.items() if name != "IoU"}}
