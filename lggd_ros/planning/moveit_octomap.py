"""A voxel map as an octomap_msgs/Octomap in octomap's binary format (Hornung et al., Autonomous Robots 2013)."""

from __future__ import annotations

from array import array

import numpy as np
from octomap_msgs.msg import Octomap

from lggd_ros.planning.obstacles import VoxelMap

_DEPTH = 16
_OCCUPIED, _INNER = 0b10, 0b11  # two bits for each of a node's eight children; 0b00 is unknown


def octomap_message(voxels: VoxelMap, frame: str) -> Octomap:
    """The occupied voxels in ``frame``; everything else is unknown. An empty map has no data."""
    cells = np.floor(voxels.centres / voxels.resolution).astype(np.int64)
    data = array("b", _preorder(cells) if len(cells) else b"")
    message = Octomap(binary=True, id="OcTree", resolution=voxels.resolution, data=data)
    message.header.frame_id = frame
    return message


def _preorder(cells: np.ndarray) -> bytes:
    """The tree's inner nodes, each before its children: sorted by Morton code, the nearer to the root first."""
    leaves = np.unique(_morton(cells + 2 ** (_DEPTH - 1)))
    levels = [_inner_nodes(leaves, depth) for depth in range(_DEPTH)]
    codes, depths, flags = (np.concatenate(column) for column in zip(*levels, strict=True))
    return flags[np.lexsort([depths, codes])].astype("<u2").tobytes()


def _inner_nodes(leaves: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First Morton code, depth and flags (K,) of the inner nodes at a depth, the root's being 0."""
    children = np.unique(leaves >> 3 * (_DEPTH - depth - 1))
    nodes, first = np.unique(children >> 3, return_index=True)
    kind = _OCCUPIED if depth == _DEPTH - 1 else _INNER
    flags = np.bitwise_or.reduceat(kind << 2 * (children & 7), first)
    return nodes << 3 * (_DEPTH - depth), np.full(len(nodes), depth), flags


def _morton(keys: np.ndarray) -> np.ndarray:
    """Codes (N,) of keys (N, 3): their bits interleaved, x lowest."""
    bits = (keys[:, None, :] >> np.arange(_DEPTH)[None, :, None]) & 1
    return np.sum(bits << (3 * np.arange(_DEPTH)[None, :, None] + np.arange(3)), axis=(1, 2))
