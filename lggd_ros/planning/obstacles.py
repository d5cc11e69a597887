"""Seen points as an obstacle map: voxel columns, solid from the highest point down to the table."""

from __future__ import annotations

from dataclasses import dataclass

import coal
import numpy as np


@dataclass(frozen=True, eq=False)
class VoxelMap:
    """Occupied voxels: their ``centres`` (N, 3) in the base frame and their edge, ``resolution``, in metres."""

    centres: np.ndarray
    resolution: float

    @classmethod
    def from_points(cls, points: np.ndarray, resolution: float, table_clearance: float) -> VoxelMap:
        """Columns from the table plane z = 0 up to the highest of the points (N, 3) in each column.

        Points without a finite position and points lower than ``table_clearance`` are left out. Raises ValueError.
        """
        points = np.asarray(points, float)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"obstacle points have shape {points.shape}; expected (N, 3)")
        solid = points[np.isfinite(points).all(axis=1) & (points[:, 2] >= table_clearance)]
        cells = np.unique(np.floor(solid / resolution).astype(int), axis=0)
        return cls((_filled_down(cells) + 0.5) * resolution, resolution)

    def outside_cylinder(self, pose: np.ndarray, radius: float) -> VoxelMap:
        """Without the voxels whose centres lie within ``radius`` of the z axis of a pose (4, 4)."""
        offset = self.centres - pose[:3, 3]
        distance = np.linalg.norm(np.cross(offset, pose[:3, 2]), axis=1)
        return VoxelMap(self.centres[distance > radius], self.resolution)

    def joined(self, other: VoxelMap) -> VoxelMap:
        """The voxels of both maps, which have the same resolution."""
        return VoxelMap(np.unique(np.concatenate([self.centres, other.centres]), axis=0), self.resolution)

    def octree(self) -> coal.OcTree | None:
        """The collision geometry; None for an empty map."""
        return coal.makeOctree(self.centres, self.resolution) if len(self.centres) else None


def _filled_down(cells: np.ndarray) -> np.ndarray:
    """Cells (M, 3) of the columns below the given cells (N, 3)."""
    columns, column_of = np.unique(cells[:, :2], axis=0, return_inverse=True)
    heights = np.zeros(len(columns), int)
    np.maximum.at(heights, column_of.ravel(), cells[:, 2] + 1)
    levels = np.arange(heights.sum()) - np.repeat(np.cumsum(heights) - heights, heights)
    return np.column_stack([np.repeat(columns, heights, axis=0), levels])
