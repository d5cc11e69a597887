"""Where things fit on the table: footprints on an occupancy grid, and all free places from one correlation."""

from __future__ import annotations

import cv2
import numpy as np

WORK_REGION = ((0.35, 0.65), (-0.20, 0.20))  # x and y bounds in the base frame (m)
CELL = 0.004
_MARGIN = 0.12
_ORIGIN = np.array([WORK_REGION[0][0] - _MARGIN, WORK_REGION[1][0] - _MARGIN])
_SHAPE = tuple(round((high - low + 2 * _MARGIN) / CELL) for low, high in WORK_REGION)


class Layout:
    """Occupancy of the table top; rows run along base x, columns along base y, cells of 4 mm."""

    def __init__(self) -> None:
        self._occupied = np.zeros(_SHAPE, np.float32)
        rows, columns = np.mgrid[: _SHAPE[0], : _SHAPE[1]]
        self._cells = np.stack([rows, columns], axis=-1) * CELL + _ORIGIN
        (x0, x1), (y0, y1) = WORK_REGION
        x, y = self._cells[..., 0], self._cells[..., 1]
        self._inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)

    def free_places(self, footprint: np.ndarray, gap: float) -> np.ndarray:
        """Centres (N, 2) in the work region at which ``footprint`` keeps ``gap`` (m) from everything placed."""
        reach = int(np.ceil(gap / CELL))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
        grown = cv2.dilate(np.pad(footprint, reach), disc).astype(np.float32)
        overlap = cv2.filter2D(self._occupied, -1, grown, borderType=cv2.BORDER_CONSTANT)
        return self._cells[self._inside & (overlap < 0.5)]

    def occupy(self, footprint: np.ndarray, centre: np.ndarray) -> None:
        """Mark ``footprint`` around ``centre`` (2,) as taken."""
        row, column = np.round((centre - _ORIGIN) / CELL).astype(int) - footprint.shape[0] // 2
        window = self._occupied[row : row + footprint.shape[0], column : column + footprint.shape[1]]
        np.maximum(window, footprint[: window.shape[0], : window.shape[1]], out=window)


def footprint(hulls: list[np.ndarray]) -> np.ndarray:
    """Cells (odd square, uint8) under convex ``hulls`` (each (N, 3)); the origin is the middle cell."""
    half = int(np.ceil(max(np.abs(hull[:, :2]).max() for hull in hulls) / CELL)) + 1
    cells = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    for hull in hulls:
        corners = np.round(hull[:, 1::-1] / CELL).astype(np.int32) + half
        cv2.fillConvexPoly(cells, cv2.convexHull(corners), 1)
    return cells
