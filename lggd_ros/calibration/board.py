"""The ChArUco board: drawn for the printer, found in images, and where it is in the camera."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

DICTIONARY = cv2.aruco.DICT_5X5_100
MIN_CORNERS = 8  # for a pose that can be trusted
DOTS_PER_METRE = 8000  # about 200 dots per inch


@dataclass(frozen=True)
class Lens:
    """``matrix`` K (3, 3) in pixels and ``distortion`` (N,) coefficients of the image, in OpenCV's order."""

    matrix: np.ndarray
    distortion: np.ndarray

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) in the optical frame -> pixels (N, 2)."""
        return cv2.projectPoints(points, np.zeros(3), np.zeros(3), self.matrix, self.distortion)[0][:, 0]


@dataclass(frozen=True)
class Board:
    """``columns`` x ``rows`` squares; sides of a ``square`` and of a ``marker`` in metres, as measured on the print.

    Board frame: origin at a corner of the board, x along its columns, y along its rows, z into the paper.
    """

    columns: int = 5
    rows: int = 7
    square: float = 0.035
    marker: float = 0.026

    def __post_init__(self) -> None:
        if self.columns < 3 or self.rows < 3:
            raise ValueError(f"the board has {self.columns}x{self.rows} squares; it needs 3x3 at least")
        if not 0 < self.marker < self.square:
            raise ValueError(f"markers of {self.marker} m do not fit into squares of {self.square} m")

    @cached_property
    def _pattern(self) -> cv2.aruco.CharucoBoard:
        dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
        return cv2.aruco.CharucoBoard((self.columns, self.rows), self.square, self.marker, dictionary)

    @cached_property
    def _detector(self) -> cv2.aruco.CharucoDetector:
        return cv2.aruco.CharucoDetector(self._pattern)

    @property
    def corners(self) -> np.ndarray:
        """All inner corners (N, 3) in the board frame, metres; their row is their id."""
        return np.asarray(self._pattern.getChessboardCorners(), float)

    def draw(self) -> np.ndarray:
        """The board (H, W) uint8 at ``DOTS_PER_METRE``, without a margin."""
        size = round(self.columns * self.square * DOTS_PER_METRE), round(self.rows * self.square * DOTS_PER_METRE)
        return self._pattern.generateImage(size, marginSize=0)

    def detect(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Ids (N,) and pixels (N, 2) of the corners seen in an RGB image (H, W, 3), with subpixels; N may be 0."""
        pixels, ids, _, _ = self._detector.detectBoard(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
        if ids is None:
            return np.empty(0, int), np.empty((0, 2))
        return ids.ravel(), np.asarray(pixels, float).reshape(-1, 2)

    def pose(self, ids: np.ndarray, pixels: np.ndarray, lens: Lens) -> np.ndarray:
        """Pose (4, 4) of the board in the optical frame. Raises ValueError on fewer than ``MIN_CORNERS`` corners."""
        if len(ids) < MIN_CORNERS:
            raise ValueError(f"{len(ids)} of {len(self.corners)} corners are seen; {MIN_CORNERS} are needed")
        found, turn, place = cv2.solvePnP(
            self.corners[ids], pixels, lens.matrix, lens.distortion, flags=cv2.SOLVEPNP_ITERATIVE
        )
        if not found:
            raise ValueError("the corners that are seen make no board")
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = cv2.Rodrigues(turn)[0], place[:, 0]
        return pose
