"""The pinhole camera: pixels and metres along the optical axis <-> points in the optical frame (REP-103, REP-104)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PinholeCamera:
    """Intrinsics of a rectified image, in pixels. Pixel centres lie on whole numbers."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def __post_init__(self) -> None:
        if not (self.fx > 0 and self.fy > 0):
            raise ValueError(f"camera focal lengths are fx={self.fx}, fy={self.fy}; both must be positive pixels")
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"camera image size is {self.width}x{self.height}; both must be positive")

    @property
    def matrix(self) -> np.ndarray:
        """K (3, 3)."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1.0]])

    def deproject(self, pixels: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) with depth (...) in metres -> points (..., 3) in the optical frame."""
        pixels, depth = np.asarray(pixels, float), np.asarray(depth, float)
        x = (pixels[..., 0] - self.cx) / self.fx * depth
        y = (pixels[..., 1] - self.cy) / self.fy * depth
        return np.stack([x, y, depth], axis=-1)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) in the optical frame, in front of the camera -> pixels (..., 2)."""
        points = np.asarray(points, float)
        u = points[..., 0] / points[..., 2] * self.fx + self.cx
        v = points[..., 1] / points[..., 2] * self.fy + self.cy
        return np.stack([u, v], axis=-1)

    def point_cloud(self, depth: np.ndarray) -> np.ndarray:
        """Depth image (H, W) in metres -> points (H, W, 3); pixels without a return are NaN."""
        if depth.shape != (self.height, self.width):
            raise ValueError(
                f"depth image is {depth.shape[1]}x{depth.shape[0]} but the camera is {self.width}x{self.height}; "
                "align depth to colour first"
            )
        v, u = np.mgrid[: self.height, : self.width]
        return self.deproject(np.stack([u, v], axis=-1), np.where(depth > 0, depth, np.nan))


# The colour camera of a RealSense D435, about.
D435 = PinholeCamera(fx=615.0, fy=615.0, cx=319.5, cy=239.5, width=640, height=480)


def depth_in_metres(depth: np.ndarray) -> np.ndarray:
    """REP-118 depth (uint16 in millimetres or float in metres) -> float32 metres; no return is 0."""
    if depth.ndim != 2:
        raise ValueError(f"depth image has shape {depth.shape}; expected (height, width)")
    if depth.dtype == np.uint16:
        return np.multiply(depth, np.float32(1e-3), dtype=np.float32)
    if np.issubdtype(depth.dtype, np.floating):
        return np.where(np.isfinite(depth) & (depth > 0), depth, 0).astype(np.float32)
    raise ValueError(f"depth image has type {depth.dtype}; expected uint16 (millimetres) or float (metres), REP-118")
