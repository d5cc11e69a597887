"""Does the network listen? Other words must move the grasp, and words about another picture must not find the thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from lggd_ros.data.scene import Scene
from lggd_ros.network import LGGD
from lggd_ros.rates import wilson
from lggd_ros.training.verdicts import Verdict, judge


def swapping(verdicts: Sequence[Sequence[Verdict]]) -> dict:
    """``swap``: after a grasp on the right thing, another instruction about another thing of the same picture moves the
    grasp to that thing. ``verdicts``: one list per scene."""
    swaps = [second for its in verdicts for second in _swaps(its)]
    return _landed("swap", swaps) | {"swaps": len(swaps)}


def _swaps(verdicts: Sequence[Verdict]) -> list[Verdict]:
    single = [verdict for verdict in verdicts if verdict.match == 1]
    pairs = [*pairwise(single), *zip(single[-1:], single[:1], strict=True)]
    return [second for first, second in pairs if first.landed == first.target != second.target]


def shuffling(network: LGGD, scenes: Sequence[Scene]) -> dict:
    """``shuffled``: the best grasp lies on the thing meant, one of several, although the network was told of those in
    another picture, half of the split away: the next one may show the same table."""
    told: list[Verdict] = []
    for k, scene in enumerate(scenes):
        if len(np.unique(scene.instances)) > 2:
            texts = [instruction.text for instruction in scenes[(k + len(scenes) // 2) % len(scenes)].instructions]
            others = [replace(i, text=texts[n % len(texts)]) for n, i in enumerate(scene.instructions)]
            told += [v for v in judge(network, replace(scene, instructions=others)) if v.match == 1]
    return _landed("shuffled", told)


def _landed(name: str, verdicts: Sequence[Verdict]) -> dict:
    hits = [verdict.landed == verdict.target for verdict in verdicts]
    rate = round(float(np.mean(hits)), 4) if hits else None
    return {name: rate, f"{name}_interval": wilson(hits, [verdict.table for verdict in verdicts])}
