"""Whether a thing has left its place, and whether what is found now was another one before: then against now."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

COLUMN = 0.008  # metres: points this close in x and y belong to one column
DROP = 0.006  # metres by which the scene must have sunk where the thing was
ABOVE_TABLE = 0.008  # lower points of a thing cannot be told from the table
MIN_POINTS = 10
SEEN_SHARE = 0.3
SAME = 0.005  # metres between points of what has not moved


def has_left(before: np.ndarray, now: np.ndarray) -> bool | None:
    """True when most of what is seen of the place has sunk since; None where too little of it is seen.

    ``before`` (M, 3): the thing's points; ``now`` (N, 3): the scene's, both in the base frame.
    """
    thing = before[before[:, 2] > ABOVE_TABLE]
    if len(thing) < MIN_POINTS or not len(now):
        return None
    columns = cKDTree(now[:, :2]).query_ball_point(thing[:, :2], COLUMN)
    heights = np.array([np.median(now[column, 2]) if column else np.nan for column in columns])
    seen = heights < thing[:, 2] + DROP  # an empty column's NaN is not; what is higher hides the place
    if seen.mean() < SEEN_SHARE:
        return None
    return bool(np.mean(heights[seen] < thing[seen, 2] - DROP) > 0.5)


def was_another(found: np.ndarray, thing: np.ndarray, others: np.ndarray) -> bool:
    """Whether most of what is found now (K, 3) is where something else than the thing (M, 3) was: others (N, 3).

    All in the base frame. False where too little stands out from the table to tell.
    """
    found, thing, others = (points[points[:, 2] > ABOVE_TABLE] for points in (found, thing, others))
    if len(found) < MIN_POINTS or not len(others):
        return False
    theirs, its = (cKDTree(points).query(found)[0] if len(points) else np.inf for points in (others, thing))
    return bool(np.mean((theirs < SAME) & (theirs < its)) > 0.5)
