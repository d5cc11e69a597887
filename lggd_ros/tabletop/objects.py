"""Things made of MuJoCo primitives: parts in the thing's own frame, and how they become a free body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import mujoco
import numpy as np

from lggd_ros.tabletop.colours import Rgba
from lggd_ros.tabletop.materials import MATERIALS, add_material

Shape = Literal["box", "cylinder", "capsule", "ellipsoid"]
Vector = tuple[float, float, float]

GEOM_TYPES = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "ellipsoid": mujoco.mjtGeom.mjGEOM_ELLIPSOID,
}
SOLID_GROUP, DECOR_GROUP = 0, 1
FRICTION = (0.9, 0.01, 0.001)  # sliding, torsional (m), rolling (m): round things come to rest on the table
SOLIMP = (0.95, 0.99, 0.001, 0.5, 2.0)

_TURN = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_RING = np.stack([np.cos(_TURN), np.sin(_TURN), 0 * _TURN], axis=1)
BOX_POINTS = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
CYLINDER_POINTS = np.concatenate([_RING - [0, 0, 1], _RING + [0, 0, 1]])
SPHERE_POINTS = np.concatenate([_RING * np.sqrt(1 - z * z) + [0, 0, z] for z in np.linspace(-1, 1, 7)])


@dataclass(frozen=True)
class Part:
    """One primitive: half ``size`` along its own axes (m), placed in the frame of the thing.

    Cylinders and capsules are (radius, radius, half length) along z; a capsule's half length excludes its caps.
    ``solid`` parts collide and weigh; the others only colour a surface. ``density`` is relative to the other parts.
    ``material`` is a key of ``MATERIALS`` or "" for the thing's own; ``label`` what people call the part, or "".
    """

    shape: Shape
    size: Vector
    position: Vector
    rgba: Rgba
    quaternion: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    solid: bool = True
    density: float = 1.0
    material: str = ""
    label: str = ""

    @property
    def weight(self) -> float:
        """Volume (m^3) times relative density; zero for decoration."""
        a, b, c = self.size
        volume = {
            "box": 8 * a * b * c,
            "cylinder": 2 * np.pi * a * b * c,
            "capsule": 2 * np.pi * a * a * (c + 2 * a / 3),
            "ellipsoid": 4 / 3 * np.pi * a * b * c,
        }[self.shape]
        return volume * self.density if self.solid else 0.0

    def surface_points(self) -> np.ndarray:
        """Points (N, 3) whose convex hull is the part, in the frame of the thing."""
        size = np.array(self.size)
        if self.shape == "capsule":
            caps = SPHERE_POINTS * size[0]
            local = np.concatenate([caps - [0, 0, size[2]], caps + [0, 0, size[2]]])
        else:
            local = {"box": BOX_POINTS, "cylinder": CYLINDER_POINTS, "ellipsoid": SPHERE_POINTS}[self.shape] * size
        return local @ rotation_of(self.quaternion).T + self.position

    def scaled(self, factor: float) -> Part:
        """The same part with every length multiplied."""
        a, b, c = self.size
        x, y, z = self.position
        return replace(self, size=(a * factor, b * factor, c * factor), position=(x * factor, y * factor, z * factor))

    def moved(self, offset: Vector) -> Part:
        """The same part elsewhere."""
        x, y, z = self.position
        return replace(self, position=(x + offset[0], y + offset[1], z + offset[2]))


@dataclass(frozen=True)
class ObjectModel:
    """One thing: what it is called, what it looks like and what it weighs (kg).

    ``scale`` is its size relative to the largest of its kind. ``material`` and ``shape`` are words that are plainly
    true of it, or "".
    """

    name: str
    kind: str
    colour: str
    parts: tuple[Part, ...]
    mass: float
    scale: float = 1.0
    size_word: str = ""
    material: str = ""
    shape: str = ""

    @property
    def centre_of_mass(self) -> np.ndarray:
        """Centre of mass (3,) in the frame of the thing."""
        weights = np.array([part.weight for part in self.parts])
        return weights @ np.array([part.position for part in self.parts]) / weights.sum()

    @property
    def extent(self) -> float:
        """Geometric mean of length, width and height (m)."""
        points = np.concatenate(self.hulls(np.eye(4)))
        return float(np.prod(np.ptp(points, axis=0)) ** (1 / 3))

    def hulls(self, pose: np.ndarray) -> list[np.ndarray]:
        """Points (N, 3) spanning each solid part when the thing stands at ``pose`` (4, 4)."""
        return [part.surface_points() @ pose[:3, :3].T + pose[:3, 3] for part in self.parts if part.solid]


def rotation_of(quaternion: Sequence[float]) -> np.ndarray:
    """Rotation (3, 3) of a unit quaternion (w, x, y, z)."""
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, np.asarray(quaternion, float))
    return matrix.reshape(3, 3)


def quaternion_of(rotation: np.ndarray) -> np.ndarray:
    """Unit quaternion (w, x, y, z) of a rotation (3, 3)."""
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(rotation, float).ravel())
    return quaternion


def add_object(spec: mujoco.MjSpec, model: ObjectModel, pose: np.ndarray) -> mujoco.MjsBody:
    """Add the thing as a free body at ``pose`` (4, 4 in the world frame); the body bears the thing's name."""
    body = spec.worldbody.add_body(name=model.name, pos=pose[:3, 3], quat=quaternion_of(pose[:3, :3]))
    body.add_freejoint(name=f"{model.name}_joint")
    total = sum(part.weight for part in model.parts)
    for index, part in enumerate(model.parts):
        geom = _add_geom(body, part, model.mass * part.weight / total)
        geom.material = add_material(spec, part.material or model.material or "plastic")
        if part.solid:
            geom.rgba[3] = MATERIALS[geom.material].opacity
            geom.name = f"{model.name}/{index}/{part.label}"
    return body


def label_of(geom_name: str) -> str:
    """What people call the part that a geom made by ``add_object`` stands for, or ""."""
    return geom_name.rpartition("/")[2]


def _add_geom(body: mujoco.MjsBody, part: Part, mass: float) -> mujoco.MjsGeom:
    size = part.size if part.shape in ("box", "ellipsoid") else (part.size[0], part.size[2], 0)
    return body.add_geom(
        type=GEOM_TYPES[part.shape],
        size=size,
        pos=part.position,
        quat=part.quaternion,
        rgba=part.rgba,
        mass=mass,
        group=SOLID_GROUP if part.solid else DECOR_GROUP,
        contype=int(part.solid),
        conaffinity=int(part.solid),
        condim=6,
        friction=FRICTION,
        solimp=SOLIMP,
    )
