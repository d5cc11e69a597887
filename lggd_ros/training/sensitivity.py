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
    moved = [second.landed == second.target for its in verdicts for second in _swaps(its)]
    return {"swap": _rate(moved), "swaps": len(moved), "swap_interval": wilson(moved)}


def _swaps(verdicts: Sequence[Verdict]) -> list[Verdict]:
    single = [verdict for verdict in verdicts if verdict.match == 1]
    pairs = [*pairwise(single), *zip(single[-1:], single[:1], strict=True)]
    return [second for first, second in pairs if first.landed == first.target != second.target]


def shuffling(network: LGGD, scenes: Sequence[Scene]) -> dict:
    """``shuffled``: the best grasp lies on the thing meant although the network was told of the next scene's things."""
    landed = []
    for k, scene in enumerate(scenes):
        texts = [instruction.text for instruction in scenes[(k + 1) % len(scenes)].instructions]
        others = [replace(i, text=texts[n % len(texts)]) for n, i in enumerate(scene.instructions)]
        verdicts = judge(network, replace(scene, instructions=others))
        landed += [verdict.landed == verdict.target for verdict in verdicts if verdict.match == 1]
    return {"shuffled": _rate(landed), "shuffled_interval": wilson(landed)}


def _rate(hits: Sequence[bool]) -> float | None:
    return round(float(np.mean(hits)), 4) if hits else None
