"""Scenes: things drawn at random, packed on the table, settled by physics, and one true instruction about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import mujoco
import numpy as np

from lggd_ros.tabletop.appearance import Appearance, draw_appearance, furnish_table
from lggd_ros.tabletop.kinds import KINDS, make_object, rest_rotation
from lggd_ros.tabletop.labels import Grasp3D, GraspSampler
from lggd_ros.tabletop.language import Instruction, Referent, instructions
from lggd_ros.tabletop.layout import CELL, WORK_REGION, Layout, footprint
from lggd_ros.tabletop.objects import ObjectModel, add_object

Setup = Literal["isolated", "scattered", "cluttered"]

SPLITS = {"train": 0, "val": 1, "test": 2}
COUNTS: dict[str, tuple[int, int]] = {"isolated": (1, 1), "scattered": (4, 5), "cluttered": (8, 10)}
SIZE_RATIO = 1.25  # two of a kind differ in size from here on
DROP = 0.003
SETTLE_SECONDS = 1.5
AT_REST = 0.02
SEEN = 0.4
GOOD_QUALITY = 0.45
VIEWS = 2
_ATTEMPTS = 40


@dataclass(frozen=True)
class PlacedObject:
    """A thing at rest: ``pose`` (4, 4) in the base frame, and the grasps that reach it among its neighbours."""

    model: ObjectModel
    pose: np.ndarray
    grasps: tuple[Grasp3D, ...] = ()
    visible: bool = True

    @property
    def centre(self) -> np.ndarray:
        """Centre of mass (3,) in the base frame."""
        return self.pose[:3, :3] @ self.model.centre_of_mass + self.pose[:3, 3]


@dataclass(frozen=True)
class Scene:
    """A settled table. ``target`` names the thing that ``instruction`` singles out as seen from the observe pose.

    ``camera_poses`` (optical to base, 4x4 each) are viewpoints for training.
    """

    setup: Setup
    seed: int
    split: str
    objects: tuple[PlacedObject, ...]
    appearance: Appearance
    camera_poses: tuple[np.ndarray, ...]
    instruction: str
    target: str


def make_scene(setup: Setup, seed: int, split: str) -> Scene:
    """The scene of this setup, seed and split; always the same one.

    Raises ``ValueError`` for an unknown setup or split, or a negative seed.
    """
    _check(setup, seed, split)
    rng = np.random.default_rng([SPLITS[split], seed, list(COUNTS).index(setup)])
    appearance = draw_appearance(rng)
    poses = tuple(draw_camera_pose(rng) for _ in range(VIEWS))
    for _ in range(_ATTEMPTS):
        packed = _pack(_draw_models(setup, rng), setup, rng)
        settled = _settle(packed, appearance) if len(packed) >= COUNTS[setup][0] else None
        if settled is None:
            continue
        objects = _label(settled, appearance, rng)
        instruction = _choose_instruction(objects, rng)
        if instruction is not None:
            return Scene(setup, seed, split, objects, appearance, poses, instruction.text, instruction.targets[0])
    raise RuntimeError(f"no {setup} scene settled for seed {seed} of split {split} in {_ATTEMPTS} attempts")


def build_spec(scene: Scene) -> mujoco.MjSpec:
    """The scene without a robot."""
    spec = mujoco.MjSpec()
    furnish(spec, scene)
    return spec


def furnish(spec: mujoco.MjSpec, scene: Scene) -> None:
    """Add table, light and things to ``spec``, whose world frame is the robot's base frame, and set the physics."""
    _furnish(spec, scene.appearance, scene.objects)


def referents(
    scene: Scene, camera_pose: np.ndarray | None = None, visible: dict[str, bool] | None = None
) -> list[Referent]:
    """The things as language speaks of them, seen from ``camera_pose`` or, without one, from behind the robot."""
    axes = _viewer_axes(camera_pose)
    return [_referent(placed, axes, (visible or {}).get(placed.model.name, placed.visible)) for placed in scene.objects]


def draw_camera_pose(rng: np.random.Generator) -> np.ndarray:
    """A viewpoint near the observe pose (optical to base, 4x4): image right is base -y, image down is base -x."""
    height, yaw = rng.uniform(0.42, 0.70), rng.uniform(-1, 1) * np.deg2rad(20)
    centre = np.array([0.5, 0.0, 0.02]) + [*rng.uniform(-0.03, 0.03, 2), 0.0]
    shift, tilt = rng.uniform(-0.08, 0.08, 2), np.tan(np.deg2rad(25))
    lean = rng.uniform(-1, 1, 2) * tilt * height * 0.5 + shift * 0.5
    eye = np.array([*(centre[:2] + lean), height])
    return look_at(eye, centre, yaw)


def look_at(eye: np.ndarray, point: np.ndarray, yaw: float = 0.0) -> np.ndarray:
    """Optical-to-base pose (4, 4) at ``eye`` looking down at ``point``; at yaw 0 the top of the image is base +x."""
    z = (point - eye) / np.linalg.norm(point - eye)
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    y = np.cross(z, right)
    y /= np.linalg.norm(y)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross(y, z), y, z], axis=1)
    pose[:3, 3] = eye
    return pose


def _check(setup: str, seed: int, split: str) -> None:
    if setup not in get_args(Setup):
        raise ValueError(f"unknown setup {setup!r}; choose one of {', '.join(COUNTS)}")
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    if seed < 0:
        raise ValueError(f"scene seed is {seed}; it must not be negative")


def _draw_models(setup: str, rng: np.random.Generator) -> list[ObjectModel]:
    low, high = COUNTS[setup]
    models: list[ObjectModel] = []
    for _ in range(rng.integers(low, high + 1)):
        kind, colour, scale = _draw_identity(models, rng)
        count = sum(model.kind == kind and model.colour == colour for model in models)
        name = f"{colour}_{kind}" + (f"_{count + 1}" if count else "")
        models.append(make_object(name, kind, colour, scale, rng))
    return [replace(model, size_word=_size_word(model, models)) for model in models]


def _draw_identity(models: list[ObjectModel], rng: np.random.Generator) -> tuple[str, str, float]:
    """Kind, colour and scale; often one that shares kind or colour with an earlier thing, so that words must decide."""
    kind, scale = list(KINDS)[rng.integers(len(KINDS))], rng.uniform(0.78, 1.0)
    share = rng.random()
    other = models[rng.integers(len(models))] if models else None
    if other is not None and share < 0.3 and sum(model.kind == other.kind for model in models) < 3:
        kind = other.kind
        scale = 0.73 if other.scale > 0.9 else rng.uniform(0.76, 1.0)
    colours = KINDS[kind].colours
    colour = colours[rng.integers(len(colours))]
    if other is not None and (share < 0.08 or 0.3 < share < 0.5) and other.colour in colours:
        colour = other.colour
    return kind, colour, scale


def _size_word(model: ObjectModel, models: list[ObjectModel]) -> str:
    extents = [other.extent for other in models if other.kind == model.kind]
    small, large = max(extents) / model.extent >= SIZE_RATIO, model.extent / min(extents) >= SIZE_RATIO
    return "" if small == large else "small" if small else "large"


def _pack(models: list[ObjectModel], setup: str, rng: np.random.Generator) -> list[PlacedObject]:
    """Put things on the table without overlap: far apart when scattered, close to one point when cluttered.

    A thing that finds no room stays away.
    """
    layout, placed = Layout(), []
    focus = np.array([rng.uniform(low + 0.1, high - 0.1) for low, high in WORK_REGION])
    for model in models:
        pose = np.eye(4)
        pose[:3, :3] = rest_rotation(model.kind, rng)
        points = np.concatenate(model.hulls(pose))
        middle = (points[:, :2].max(axis=0) + points[:, :2].min(axis=0)) / 2
        pose[:3, 3] = [*-middle, DROP - points[:, 2].min()]
        shape = footprint(model.hulls(pose))
        places = layout.free_places(shape, _gap(setup, rng))
        if not len(places):
            continue
        place = places[_choose_place(places, focus, setup, rng)]
        layout.occupy(shape, place)
        pose[:2, 3] += place
        placed.append(PlacedObject(model, pose))
    return placed


def _gap(setup: str, rng: np.random.Generator) -> float:
    if setup == "cluttered":
        return 0.0 if rng.random() < 0.3 else rng.uniform(0.002, 0.035)
    return rng.uniform(0.06, 0.08)


def _choose_place(places: np.ndarray, focus: np.ndarray, setup: str, rng: np.random.Generator) -> int:
    if setup != "cluttered":
        return int(rng.integers(len(places)))
    return int(np.argmin(np.linalg.norm(places - focus, axis=1) + rng.uniform(0, CELL, len(places))))


def _settle(placed: list[PlacedObject], appearance: Appearance) -> tuple[PlacedObject, ...] | None:
    """Let everything come to rest; None when a thing leaves the work region or keeps moving."""
    model, data = _compile(appearance, placed)
    while data.time < SETTLE_SECONDS:
        mujoco.mj_step(model, data, 50)
        if data.time > 0.2 and np.abs(data.qvel).max() < AT_REST:
            break
    settled = tuple(replace(p, pose=_body_pose(data.body(p.model.name))) for p in placed)
    calm = np.abs(data.qvel).max() < 10 * AT_REST
    return settled if calm and all(map(_on_table, settled)) else None


def _compile(appearance: Appearance, placed) -> tuple[mujoco.MjModel, mujoco.MjData]:
    spec = mujoco.MjSpec()
    _furnish(spec, appearance, placed)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def _furnish(spec: mujoco.MjSpec, appearance: Appearance, placed) -> None:
    option = spec.option
    option.timestep, option.integrator = 0.002, mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone, option.impratio = mujoco.mjtCone.mjCONE_ELLIPTIC, 10.0
    furnish_table(spec, appearance)
    for thing in placed:
        add_object(spec, thing.model, thing.pose)


def _body_pose(body) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = body.xmat.reshape(3, 3), body.xpos
    return pose


def _on_table(placed: PlacedObject) -> bool:
    centre = placed.centre
    return all(low <= value <= high for value, (low, high) in zip(centre[:2], WORK_REGION, strict=True))


def _label(
    placed: tuple[PlacedObject, ...], appearance: Appearance, rng: np.random.Generator
) -> tuple[PlacedObject, ...]:
    model, data = _compile(appearance, placed)
    sampler = GraspSampler(model, data, rng)
    return tuple(
        replace(
            thing,
            grasps=tuple(sampler.grasps(thing.model.name)),
            visible=_share_on_top(thing, sampler) >= SEEN,
        )
        for thing in placed
    )


def _share_on_top(thing: PlacedObject, sampler: GraspSampler) -> float:
    shape = footprint([hull - [*thing.pose[:2, 3], 0] for hull in thing.model.hulls(thing.pose)])
    seen = len(sampler.height_map.cells_of(sampler.model.body(thing.model.name).id))
    return seen * sampler.height_map.CELL**2 / (shape.sum() * CELL**2)


def _choose_instruction(placed: tuple[PlacedObject, ...], rng: np.random.Generator) -> Instruction | None:
    """A unique instruction whose target some good grasp reaches."""
    axes = _viewer_axes(None)
    graspable = {p.model.name for p in placed if any(grasp.quality >= GOOD_QUALITY for grasp in p.grasps)}
    things = [_referent(thing, axes, thing.visible) for thing in placed]
    said = instructions(things, rng, count=12, absent=0.0, ambiguous=0.0)
    return next((sentence for sentence in said if set(sentence.targets) <= graspable), None)


def _viewer_axes(camera_pose: np.ndarray | None) -> np.ndarray:
    """Rows: the viewer's right and away directions on the table (2, 2)."""
    right = np.array([0.0, -1.0]) if camera_pose is None else camera_pose[:2, 0] / np.linalg.norm(camera_pose[:2, 0])
    return np.array([right, [-right[1], right[0]]])


def _referent(thing: PlacedObject, axes: np.ndarray, visible: bool) -> Referent:
    right, away = (axes @ thing.centre[:2]).tolist()
    model = thing.model
    return Referent(model.name, model.kind, model.colour, model.size_word, (right, away), visible)
