"""How far things rise above the table: what depth tells of a picture, whatever the camera's height, tilt and lens.

A plane seen by a pinhole camera is linear in inverse depth: 1/z = a·column + b·row + c. The plane that most of the
picture lies on is taken for the table, and needs no intrinsics to be found.
"""

from __future__ import annotations

import cv2
import numpy as np

from lggd_ros.grasps.camera import depth_in_metres

UNKNOWN, TABLE = 0, 32  # levels: no return, and on the table; a level is a millimetre
STEP = 16  # pixels between the places by which the table is found
GUESSES = 120
TOLERANCE = 0.008  # of the distance: how far from the table is still on it
FARTHEST = 1000.0  # metres; a ray that never meets the table ends there
GAP = np.ones((5, 5), np.uint8)  # narrow gaps in depth are filled with what is highest around them


def relief(depth: np.ndarray) -> np.ndarray:
    """Depth (H, W), uint16 millimetres or float metres (REP-118) -> (H, W) uint8 levels.

    A level is how far the ray ends before it would meet the table, in millimetres, plus ``TABLE``; ``UNKNOWN`` where
    depth is missing, or where there is no table.
    """
    metres = depth_in_metres(depth)
    plane = table_plane(metres)
    if plane is None:
        return np.full(depth.shape, UNKNOWN, np.uint8)
    rows, columns = (np.arange(size, dtype=np.float32) for size in depth.shape)
    along, down, offset = plane.astype(np.float32)
    rise = np.add.outer(down * rows + offset, along * columns)  # from here on in place: new arrays take longer to get
    np.reciprocal(np.maximum(rise, 1 / FARTHEST, out=rise), out=rise)
    np.subtract(rise, metres, out=rise)
    rise *= 1000
    rise += TABLE + 0.5
    levels = np.clip(rise, UNKNOWN + 1, 255, out=rise).astype(np.uint8)
    levels[metres <= 0] = UNKNOWN
    gaps = levels == UNKNOWN
    if gaps.any():
        np.copyto(levels, cv2.dilate(levels, GAP), where=gaps)
    return levels


def table_plane(metres: np.ndarray) -> np.ndarray | None:
    """Depth (H, W) in metres, 0 = none -> (a, b, c) of the plane that most of it lies on; None where there is none.

    RANSAC, always with the same guesses; what agrees with the best one decides by least squares.
    """
    rows, columns = (axis.ravel() for axis in np.mgrid[: metres.shape[0] : STEP, : metres.shape[1] : STEP])
    seen = metres[rows, columns] > 0
    if not seen.any():
        return None
    points = np.column_stack([columns[seen], rows[seen], np.ones(seen.sum())])
    inverse = 1 / metres[rows, columns][seen].astype(float)
    triples = np.random.default_rng(0).integers(len(points), size=(GUESSES, 3))
    triples = triples[np.abs(np.linalg.det(points[triples])) > 1]  # three in a line are on many planes
    if not len(triples):
        return None
    a, b, c = np.linalg.solve(points[triples], inverse[triples][..., None])[..., 0].T[..., None]
    agree = np.abs(a * points[:, 0] + b * points[:, 1] + c - inverse) < TOLERANCE * inverse
    on_table = agree[agree.sum(1).argmax()]
    return np.linalg.lstsq(points[on_table], inverse[on_table], rcond=None)[0]
