"""Planar grasps: a rectangle in the image, as in the paper (LGGD, section III-A) and in OCID-VLG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def wrap_angle(angle: float) -> float:
    """The same closing direction in [-pi/2, pi/2): a parallel jaw does not know its left from its right."""
    return float((angle + np.pi / 2) % np.pi - np.pi / 2)


@dataclass(frozen=True)
class PlanarGrasp:
    """One grasp rectangle.

    ``x, y``: centre in pixels. ``angle``: direction in which the fingers close, radians about the
    optical axis, from image +x (right) towards +y (down), modulo pi. ``width``: jaw opening in pixels,
    along ``angle``. ``height``: jaw size in pixels, across ``angle``. ``quality``: in [0, 1].
    """

    x: float
    y: float
    angle: float
    width: float
    height: float
    quality: float = 1.0

    @property
    def direction(self) -> np.ndarray:
        """Unit vector (2,) in which the fingers close."""
        return np.array([np.cos(self.angle), np.sin(self.angle)])

    def corners(self) -> np.ndarray:
        """Corners p1..p4 (4, 2) in OCID-VLG's order: opening = |p1 p4|, jaw size = |p1 p2|."""
        along = self.direction * self.width / 2
        across = np.array([-self.direction[1], self.direction[0]]) * self.height / 2
        centre = np.array([self.x, self.y])
        return np.stack(
            [centre - along - across, centre - along + across, centre + along + across, centre + along - across]
        )

    @classmethod
    def from_corners(cls, corners: np.ndarray, quality: float = 1.0) -> PlanarGrasp:
        """Read a rectangle from corners p1..p4 (4, 2), OCID-VLG's order."""
        corners = np.asarray(corners, dtype=float)
        if corners.shape != (4, 2):
            raise ValueError(f"grasp corners have shape {corners.shape}; expected (4, 2)")
        centre, opening = (corners[0] + corners[2]) / 2, corners[3] - corners[0]
        return cls(
            x=float(centre[0]),
            y=float(centre[1]),
            angle=wrap_angle(np.arctan2(opening[1], opening[0])),
            width=float(np.hypot(*opening)),
            height=float(np.hypot(*(corners[1] - corners[0]))),
            quality=quality,
        )

    def scaled(self, sx: float, sy: float, dx: float = 0.0, dy: float = 0.0) -> PlanarGrasp:
        """The same grasp after the pixel map (x, y) -> (sx x + dx, sy y + dy)."""
        along = self.direction * self.width * (sx, sy)
        across = np.array([-self.direction[1], self.direction[0]]) * self.height * (sx, sy)
        return PlanarGrasp(
            x=self.x * sx + dx,
            y=self.y * sy + dy,
            angle=wrap_angle(np.arctan2(along[1], along[0])),
            width=float(np.hypot(*along)),
            height=float(np.hypot(*across)),
            quality=self.quality,
        )
