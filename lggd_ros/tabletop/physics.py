"""The table and its things in MuJoCo, and how they come to rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import mujoco
import numpy as np

from lggd_ros.tabletop.appearance import Appearance, furnish_table
from lggd_ros.tabletop.composition import PlacedObject
from lggd_ros.tabletop.layout import WORK_REGION
from lggd_ros.tabletop.objects import add_object

SETTLE_SECONDS = 1.5
AT_REST = 0.02  # m/s and rad/s


def add_world(spec: mujoco.MjSpec, appearance: Appearance, placed: Sequence[PlacedObject]) -> None:
    """Add table, lights and things to ``spec`` and set the physics that grasping needs."""
    option = spec.option
    option.timestep, option.integrator = 0.002, mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    option.cone, option.impratio = mujoco.mjtCone.mjCONE_ELLIPTIC, 10.0
    furnish_table(spec, appearance)
    for thing in placed:
        add_object(spec, thing.model, thing.pose)


def compile_world(appearance: Appearance, placed: Sequence[PlacedObject]) -> tuple[mujoco.MjModel, mujoco.MjData]:
    """The table alone with its things, ready to be looked at or stepped."""
    spec = mujoco.MjSpec()
    add_world(spec, appearance, placed)
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    return model, data


def settle(appearance: Appearance, placed: Sequence[PlacedObject]) -> tuple[PlacedObject, ...] | None:
    """Let everything come to rest and find what rests on what; None when a thing leaves the work region or moves on."""
    model, data = compile_world(appearance, placed)
    while data.time < SETTLE_SECONDS:
        mujoco.mj_step(model, data, 50)
        if data.time > 0.2 and np.abs(data.qvel).max() < AT_REST:
            break
    hosts = _hosts(model, data)
    settled = tuple(
        replace(thing, pose=_pose(data.body(thing.model.name)), on=hosts.get(thing.model.name, "")) for thing in placed
    )
    calm = np.abs(data.qvel).max() < 10 * AT_REST
    return settled if calm and all(map(_in_region, settled)) else None


def _pose(body) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = body.xmat.reshape(3, 3), body.xpos
    return pose


def _hosts(model: mujoco.MjModel, data: mujoco.MjData) -> dict[str, str]:
    """What each thing rests on that does not touch the table: the body that carries most of its weight."""
    carried: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for index, contact in enumerate(data.contact):
        force = np.zeros(6)
        mujoco.mj_contactForce(model, data, index, force)
        upward = float(force[:3] @ contact.frame.reshape(3, 3)[:, 2])  # on the second geom
        first, second = model.geom_bodyid[contact.geom]
        carried[second][first] += upward
        carried[first][second] -= upward
    names = {body: model.body(body).name for body in carried}
    return {names[b]: names[max(on, key=on.__getitem__)] for b, on in carried.items() if b and 0 not in on}


def _in_region(placed: PlacedObject) -> bool:
    return all(low <= value <= high for value, (low, high) in zip(placed.centre[:2], WORK_REGION, strict=True))
