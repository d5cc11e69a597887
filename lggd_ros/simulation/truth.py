"""What the physics knows and no real robot would tell: for demos, tests and verdicts only."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.scenes import referents


def ground_truth(world: RobotWorld) -> dict[str, Any]:
    """The scene as plain data for JSON.

    ``time`` in simulated seconds; ``setup``, ``seed`` and ``split`` that make the scene, and ``qpos``, MuJoCo's
    generalised positions, that say how things stand now; ``instruction`` of the scene and the ``target`` it means;
    ``objects``, each with all that language knows of it (``Referent``: its words, ``position`` where it stood at first
    as seen from behind the robot, …), ``pose`` (4x4, base frame), ``height`` of its lowest point above the table in
    metres, ``held``.
    """
    poses, heights, held = world.object_poses(), world.object_heights(), world.held_objects()
    objects = [
        asdict(thing)
        | {"visible": bool(thing.visible), "pose": poses[thing.name].tolist()}
        | {"height": heights[thing.name], "held": thing.name in held}
        for thing in referents(world.scene)
    ]
    return {
        "time": world.time,
        "setup": world.scene.setup,
        "seed": world.scene.seed,
        "split": world.scene.split,
        "qpos": world.data.qpos.tolist(),
        "instruction": world.scene.instruction,
        "target": world.scene.target,
        "objects": objects,
    }
