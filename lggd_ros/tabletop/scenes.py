"""Scenes: things drawn at random, packed on the table, settled by physics, and one true instruction about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import get_args

import mujoco
import numpy as np

from lggd_ros.tabletop.appearance import Appearance, draw_appearance
from lggd_ros.tabletop.composition import COUNTS, PlacedObject, Setup, draw_models, pack
from lggd_ros.tabletop.labels import GraspSampler
from lggd_ros.tabletop.language import Instruction, Referent, Style, instructions
from lggd_ros.tabletop.layout import CELL, footprint
from lggd_ros.tabletop.physics import add_world, compile_world, settle
from lggd_ros.tabletop.splits import SPLITS
from lggd_ros.tabletop.viewpoints import draw_camera_pose

SEEN = 0.4  # share of a thing that must not be covered by others for it to be spoken about
GOOD_QUALITY = 0.45
VIEWS = 2
_ATTEMPTS = 40


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
    made_of = SPLITS[split]
    rng = np.random.default_rng([made_of.stream, seed, list(COUNTS).index(setup)])
    appearance = draw_appearance(rng)
    poses = tuple(draw_camera_pose(rng) for _ in range(VIEWS))
    for _ in range(_ATTEMPTS):
        packed = pack(draw_models(setup, rng, made_of.kinds, made_of.specimens), setup, rng)
        settled = settle(appearance, packed) if len(packed) >= COUNTS[setup][0] else None
        if settled is None:
            continue
        objects = _label(settled, appearance, rng)
        instruction = _choose_instruction(objects, rng, made_of.style)
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
    add_world(spec, scene.appearance, scene.objects)


def referents(
    scene: Scene, camera_pose: np.ndarray | None = None, visible: dict[str, bool] | None = None
) -> list[Referent]:
    """The things as language speaks of them, seen from ``camera_pose`` or, without one, from behind the robot."""
    axes = _viewer_axes(camera_pose)
    return [_referent(placed, axes, (visible or {}).get(placed.model.name, placed.visible)) for placed in scene.objects]


def _check(setup: str, seed: int, split: str) -> None:
    if setup not in get_args(Setup):
        raise ValueError(f"unknown setup {setup!r}; choose one of {', '.join(COUNTS)}")
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    if seed < 0:
        raise ValueError(f"scene seed is {seed}; it must not be negative")


def _label(
    placed: tuple[PlacedObject, ...], appearance: Appearance, rng: np.random.Generator
) -> tuple[PlacedObject, ...]:
    model, data = compile_world(appearance, placed)
    sampler = GraspSampler(model, data, rng)
    return tuple(
        replace(t, grasps=tuple(sampler.grasps(t.model.name)), visible=_share_on_top(t, sampler) >= SEEN)
        for t in placed
    )


def _share_on_top(thing: PlacedObject, sampler: GraspSampler) -> float:
    shape = footprint([hull - [*thing.pose[:2, 3], 0] for hull in thing.model.hulls(thing.pose)])
    seen = len(sampler.height_map.cells_of(sampler.model.body(thing.model.name).id))
    return seen * sampler.height_map.CELL**2 / (shape.sum() * CELL**2)


def _choose_instruction(placed: tuple[PlacedObject, ...], rng: np.random.Generator, style: Style) -> Instruction | None:
    """A unique instruction, without typing errors, whose target some good grasp reaches."""
    axes = _viewer_axes(None)
    graspable = {p.model.name for p in placed if any(grasp.quality >= GOOD_QUALITY for grasp in p.grasps)}
    things = [_referent(thing, axes, thing.visible) for thing in placed]
    said = instructions(things, rng, count=12, style=replace(style, absent=0.0, ambiguous=0.0, typos=0.0))
    return next((sentence for sentence in said if set(sentence.targets) <= graspable), None)


def _viewer_axes(camera_pose: np.ndarray | None) -> np.ndarray:
    """Rows: the viewer's right and away directions on the table (2, 2)."""
    right = np.array([0.0, -1.0]) if camera_pose is None else camera_pose[:2, 0] / np.linalg.norm(camera_pose[:2, 0])
    return np.array([right, [-right[1], right[0]]])


def _referent(thing: PlacedObject, axes: np.ndarray, visible: bool) -> Referent:
    right, away = (axes @ thing.centre[:2]).tolist()
    model = thing.model
    return Referent(
        name=model.name,
        kind=model.kind,
        colour=model.colour,
        size=model.size_word,
        position=(right, away),
        visible=visible,
        material=model.material,
        shape=model.shape,
        extent=model.extent,
        on=thing.on,
        parts=_sorted(part.label for part in model.parts),
        grips=_sorted(grasp.part for grasp in thing.grasps if grasp.quality >= GOOD_QUALITY),
    )


def _sorted(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(labels) - {""}))
