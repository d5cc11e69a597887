"""Whether looks from several places agree.

From one place a gleam, a shadow or a neighbour in front makes one thing look like another, and the network is as sure
of it as ever. From elsewhere these are others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from lggd_ros.execution.interfaces import Sighting

NEAR = 0.01  # metres between points of one place
SHARE = 0.5  # of what either look saw of a thing, which the other saw, too
AGREEING = 2  # looks


def agreed(sightings: Sequence[Sighting]) -> bool:
    """Whether the last look found a thing that an earlier one found, too."""
    *earlier, last = sightings
    return last.status == "found" and any(s.status == "found" and same_thing(s, last) for s in earlier)


def may_agree(sightings: Sequence[Sighting], left: int) -> bool:
    """Whether ``left`` more looks could still bring agreement."""
    return left + min(sum(sighting.status == "found" for sighting in sightings), AGREEING - 1) >= AGREEING


def disagreement(sightings: Sequence[Sighting]) -> Sighting:
    """What looks without agreement come to: that of the first which did not find the thing, or else nothing sure."""
    unsure = next((sighting for sighting in sightings if sighting.status != "found"), None)
    message = f"it looks like another thing from each of {len(sightings)} places; say more of it"
    return unsure or Sighting("ambiguous", min(s.presence for s in sightings), [], message=message)


def same_thing(one: Sighting, other: Sighting) -> bool:
    """Whether two sightings found something in one place: most of what either saw of it, the other saw."""
    first, second = _points(one), _points(other)
    return _share(first, second) >= SHARE and _share(second, first) >= SHARE


def _points(sighting: Sighting) -> np.ndarray:
    """Of the thing (N, 3); where depth tells none, of the grasps on it."""
    grasps = np.reshape([grasp.pose[:3, 3] for grasp in sighting.candidates], (-1, 3))
    return sighting.target if len(sighting.target) else grasps


def _share(points: np.ndarray, others: np.ndarray) -> float:
    """Of points that have one of the others near."""
    if not len(points) or not len(others):
        return 0.0
    return float(np.mean(cKDTree(others).query(points)[0] < NEAR))
