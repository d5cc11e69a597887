"""How far things rise above the table: what depth tells of a picture, whatever the camera's height, tilt and lens.

A plane seen by a pinhole camera is linear in inverse depth: 1/z = a·column + b·row + c. The plane that most of the
picture lies on is taken for the table, and needs no intrinsics to be found.
"""

from __future__ import annotations

import cv2
import numpy as np

from lggd_ros.grasps.camera import depth_in_metres

UNKNOWN, TABLE = 0, 32  # levels: no return, and on the table; a level is a millimetre
STEP = 12  # pixels between the places by which the table is found
GUESSES = 150
TOLERANCE = 0.008  # of the distance: how far from the table is still on it
GAP = 5  # pixels; narrow gaps in depth are filled with what is highest around them


def relief(depth: np.ndarray) -> np.ndarray:
    """Depth (H, W), uint16 millimetres or float metres (REP-118) -> (H, W) uint8 levels.

    A level is how far the ray ends before it would meet the table, in millimetres, plus ``TABLE``; ``UNKNOWN`` where
    depth is missing, or where there is no table.
    """
    metres = np.nan_to_num(depth_in_metres(depth).astype(np.float32))
    nothing = np.zeros(depth.shape, np.uint8)
    plane = table_plane(metres)
    if plane is None:
        return nothing
    rows, columns = np.ogrid[: depth.shape[0], : depth.shape[1]]
    inverse = (plane[0] * columns + (plane[1] * rows + plane[2])).astype(np.float32)
    height = 1000 * (1 / np.maximum(inverse, 1e-3) - metres)
    levels = np.clip(height + (TABLE + 0.5), 1, 255).astype(np.uint8)
    levels[metres <= 0] = UNKNOWN
    return np.where(levels == UNKNOWN, cv2.dilate(levels, np.ones((GAP, GAP), np.uint8)), levels)


def table_plane(metres: np.ndarray) -> np.ndarray | None:
    """Depth (H, W) in metres, 0 = none -> (a, b, c) of the plane that most of it lies on; None where there is none.

    RANSAC, always with the same guesses; what agrees with the best one decides by least squares.
    """
    rows, columns = (axis.ravel() for axis in np.mgrid[: metres.shape[0] : STEP, : metres.shape[1] : STEP])
    seen = metres[rows, columns] > 0
    if seen.sum() < 3:
        return None
    points = np.column_stack([columns[seen], rows[seen], np.ones(seen.sum())])
    inverse = 1 / metres[rows, columns][seen].astype(float)
    triples = np.random.default_rng(0).integers(len(points), size=(GUESSES, 3))
    triples = triples[np.abs(np.linalg.det(points[triples])) > 1]  # three in a line are on many planes
    if not len(triples):
        return None
    guesses = np.linalg.solve(points[triples], inverse[triples][..., None])[..., 0]
    agree = np.abs(guesses @ points.T - inverse) < TOLERANCE * inverse
    best = agree[agree.sum(1).argmax()]
    return np.linalg.lstsq(points[best], inverse[best], rcond=None)[0]
