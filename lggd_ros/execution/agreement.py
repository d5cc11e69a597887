"""What looks from several places come to.

From one place a gleam, a shadow or a neighbour in front makes one thing look like another, and the network is as sure
of it as ever. From elsewhere these are others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from lggd_ros.execution.choosing import alike
from lggd_ros.execution.interfaces import GraspCandidate, Sighting

NEAR = 0.01  # metres between points of one place
SHARE = 0.5  # of what either look saw of a thing, which the other saw, too
AGREEING = 2  # looks, of as many as may be


def verdict(sightings: Sequence[Sighting], left: int) -> Sighting | None:
    """What the looks so far come to; None asks for another one, of ``left`` at most.

    Two must have found the same thing. The last one tells where it is; both, how to grasp it. Something found without a
    point or a grasp cannot be compared, nor reached for.
    """
    last = sightings[-1]
    if _is_nowhere(last):
        return last
    if agreeing := [earlier for earlier in sightings[:-1] if same_thing(earlier, last)]:
        return _together(last, agreeing)
    found = [sighting for sighting in sightings if sighting.status == "found"]
    if left + min(len(found), AGREEING - 1) >= AGREEING:
        return None
    return _in_doubt(found, len(sightings)) if found else sightings[0]


def same_thing(one: Sighting, other: Sighting) -> bool:
    """Whether two sightings found something in one place: most of what either saw of it, the other saw.

    By the thing's points; where depth told one of them none, by the grasps.
    """
    if not one.status == other.status == "found":
        return False
    if len(one.target) and len(other.target):
        first, second = one.target, other.target
    else:
        first, second = _places(one.candidates), _places(other.candidates)
    return _share(first, second) >= SHARE and _share(second, first) >= SHARE


def _together(last: Sighting, agreeing: Sequence[Sighting]) -> Sighting:
    """The last sighting with the grasps that only earlier ones have, best first."""
    candidates = list(last.candidates)
    for grasp in (grasp for sighting in agreeing for grasp in sighting.candidates):
        if not any(alike(grasp.pose, known.pose) for known in candidates):
            candidates.append(grasp)
    return replace(last, candidates=sorted(candidates, key=lambda grasp: -grasp.quality))


def _is_nowhere(sighting: Sighting) -> bool:
    return sighting.status == "found" and not len(sighting.target) and not sighting.candidates


def _in_doubt(found: Sequence[Sighting], looks: int) -> Sighting:
    message = f"no two of {looks} looks from different places agree on which thing is meant; say more of it"
    return Sighting("ambiguous", min(sighting.presence for sighting in found), [], message=message)


def _places(grasps: Sequence[GraspCandidate]) -> np.ndarray:
    return np.reshape([grasp.pose[:3, 3] for grasp in grasps], (-1, 3))


def _share(points: np.ndarray, others: np.ndarray) -> float:
    """Of points (N, 3) that have one of the others (M, 3) near."""
    if not len(points) or not len(others):
        return 0.0
    return float(np.mean(cKDTree(others).query(points)[0] < NEAR))
