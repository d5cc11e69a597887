"""Remembers the transform tree of the last seconds and answers for any moment in them, as tf2 does. No ROS inside."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

HISTORY = 10_000_000_000
LATEST = 0
MAX_DEPTH = 100


class LookupFailure(Exception):
    """No transform, or not for this moment; the message names the frames and the gap."""


@dataclass(order=True)
class _Sample:
    """Where a frame was in its parent's frame; ``rotation`` is a quaternion x, y, z, w."""

    stamp: int
    translation: np.ndarray = field(compare=False)
    rotation: np.ndarray = field(compare=False)


@dataclass
class _Edge:
    """One frame over time, in order of stamps. A static one has a single sample that holds for ever."""

    parent: str
    static: bool
    samples: list[_Sample] = field(default_factory=list)

    def add(self, sample: _Sample) -> None:
        was_reset = self.samples and sample.stamp < self.samples[-1].stamp - HISTORY
        if self.static or was_reset:
            self.samples.clear()
        insort(self.samples, sample)
        while self.samples[0].stamp < self.samples[-1].stamp - HISTORY:
            self.samples.pop(0)


class TransformBuffer:
    """Stamps are nanoseconds; ``LATEST`` asks for the newest that all frames on the way share. Not thread-safe."""

    def __init__(self) -> None:
        self._edges: dict[str, _Edge] = {}

    def insert(
        self, parent: str, child: str, stamp: int, translation: list[float], rotation: list[float], static: bool = False
    ) -> None:
        """Remember where ``child`` was in ``parent``: translation (3,) in metres, rotation as quaternion x, y, z, w."""
        edge = self._edges.get(child)
        if edge is None or edge.parent != parent or edge.static != static:
            edge = self._edges[child] = _Edge(parent, static)
        edge.add(_Sample(stamp, np.asarray(translation, float), np.asarray(rotation, float)))

    def lookup(self, target: str, source: str, stamp: int) -> np.ndarray:
        """Pose (4, 4) of ``source`` in ``target`` at ``stamp``. Raises LookupFailure."""
        up, down = self._path(source), self._path(target)
        if up[-1] != down[-1]:
            raise LookupFailure(
                f"frames '{source}' (under '{up[-1]}') and '{target}' (under '{down[-1]}') are not connected; "
                f"known frames: {', '.join(self._frames()) or 'none'}"
            )
        while len(up) > 1 and len(down) > 1 and up[-2] == down[-2]:
            up.pop(), down.pop()
        stamp = stamp or self._common_stamp(up[:-1] + down[:-1])
        return np.linalg.inv(self._along(down, stamp)) @ self._along(up, stamp)

    def _path(self, frame: str) -> list[str]:
        """The frame and its ancestors, the root last."""
        path = [frame]
        while path[-1] in self._edges:
            path.append(self._edges[path[-1]].parent)
            if len(path) > MAX_DEPTH:
                raise LookupFailure(f"frame '{frame}' has a loop among its parents")
        return path

    def _frames(self) -> list[str]:
        return sorted(self._edges.keys() | {edge.parent for edge in self._edges.values()})

    def _common_stamp(self, frames: list[str]) -> int:
        moving = [edge for edge in (self._edges[frame] for frame in frames) if not edge.static]
        return min((edge.samples[-1].stamp for edge in moving), default=LATEST)

    def _along(self, path: list[str], stamp: int) -> np.ndarray:
        pose = np.eye(4)
        for frame in path[:-1]:
            pose = self._pose(frame, stamp) @ pose
        return pose

    def _pose(self, frame: str, stamp: int) -> np.ndarray:
        edge = self._edges[frame]
        if edge.static:
            return _matrix(edge.samples[0].translation, Rotation.from_quat(edge.samples[0].rotation))
        first, last = edge.samples[0].stamp, edge.samples[-1].stamp
        if not first <= stamp <= last:
            raise LookupFailure(
                f"'{edge.parent}' -> '{frame}' is known from {first * 1e-9:.3f} s to {last * 1e-9:.3f} s, "
                f"not at {stamp * 1e-9:.3f} s"
            )
        after = bisect_left(edge.samples, stamp, key=lambda sample: sample.stamp)
        return _between(edge.samples[max(after - 1, 0)], edge.samples[after], stamp)


def _between(before: _Sample, after: _Sample, stamp: int) -> np.ndarray:
    """Linear in translation, along the great circle in rotation."""
    if stamp == after.stamp:
        return _matrix(after.translation, Rotation.from_quat(after.rotation))
    share = (stamp - before.stamp) / (after.stamp - before.stamp)
    turn = Slerp([0.0, 1.0], Rotation.from_quat([before.rotation, after.rotation]))
    return _matrix(before.translation + share * (after.translation - before.translation), turn(share))


def _matrix(translation: np.ndarray, rotation: Rotation) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation.as_matrix(), translation
    return pose
