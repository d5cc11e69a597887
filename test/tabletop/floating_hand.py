"""A parallel jaw without an arm: it appears around a thing, closes, lifts and shakes.

Run as a script, it prints how many labelled grasps hold: ``python test/tabletop/floating_hand.py --scenes 20``.
"""

from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterable

import mujoco
import numpy as np

from lggd_ros.grasps.lift import FINGER_BEYOND_TCP
from lggd_ros.tabletop.labels import Grasp3D
from lggd_ros.tabletop.objects import quaternion_of
from lggd_ros.tabletop.scenes import PlacedObject, Scene, build_spec, make_scene

PAD = (0.0105, 0.006, 0.02)
FORCE = 30.0
LIFT = 0.15
CLOSE_SECONDS, LIFT_SECONDS, SHAKE_SECONDS = 0.6, 0.8, 0.6


def holds(scene: Scene, thing: PlacedObject, grasp: Grasp3D) -> bool:
    """Whether the thing hangs in the lifted and shaken hand at the end."""
    spec = build_spec(scene)
    _add_hand(spec, grasp)
    model = spec.compile()
    data = mujoco.MjData(model)
    fingers = [model.actuator(name).id for name in ("left", "right")]
    lift = model.actuator("lift").id
    begin = data.body(thing.model.name)
    mujoco.mj_forward(model, data)
    height = float(begin.xpos[2])
    while data.time < CLOSE_SECONDS + LIFT_SECONDS + SHAKE_SECONDS:
        data.ctrl[fingers] = FORCE * min(1.0, data.time / 0.3)
        rise = np.clip((data.time - CLOSE_SECONDS) / LIFT_SECONDS, 0, 1)
        shake = 0.004 * np.sin(25 * data.time) if rise == 1 else 0.0
        data.ctrl[lift] = LIFT * rise + shake
        mujoco.mj_step(model, data)
    return bool(begin.xpos[2] - height > 0.7 * LIFT)


def success(scenes: Iterable[Scene], rng: np.random.Generator) -> dict[tuple[str, str], list[bool]]:
    """Outcomes of the best grasp of every thing and of one drawn at random, by kind and part."""
    outcomes: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for scene in scenes:
        for thing in (thing for thing in scene.objects if thing.grasps):
            for grasp in (thing.grasps[0], thing.grasps[rng.integers(len(thing.grasps))]):
                outcomes[thing.model.kind, grasp.part].append(holds(scene, thing, grasp))
    return outcomes


def _add_hand(spec: mujoco.MjSpec, grasp: Grasp3D) -> None:
    hand = spec.worldbody.add_body(name="hand", pos=grasp.pose[:3, 3], quat=quaternion_of(grasp.pose[:3, :3]))
    hand.gravcomp = 1
    up = hand.add_joint(name="lift", type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[0, 0, -1])
    hand.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=[0.03, 0.1, 0.02], pos=[0, 0, -0.0577], mass=0.7)
    _drive(spec, up.name, "lift", gain=20000, damping=500)
    for name, side in (("left", 1), ("right", -1)):
        finger = hand.add_body(name=name, pos=[0, side * (grasp.opening / 2 + PAD[1]), 0], gravcomp=1)
        joint = finger.add_joint(name=name, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=[0, -side, 0], damping=60)
        finger.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=PAD,
            pos=[0, 0, FINGER_BEYOND_TCP - PAD[2]],
            mass=0.05,
            priority=1,
            condim=4,
            friction=[1.0, 0.005, 0.0001],
            solref=[0.004, 1],
            solimp=[0.95, 0.99, 0.001, 0.5, 2],
        )
        motor = spec.add_actuator(name=name, target=joint.name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        motor.gainprm[0] = 1
    centred = spec.add_equality(name1="left", name2="right", type=mujoco.mjtEq.mjEQ_JOINT)
    centred.objtype = mujoco.mjtObj.mjOBJ_JOINT
    centred.data[:2] = [0, 1]


def _drive(spec: mujoco.MjSpec, joint: str, name: str, gain: float, damping: float) -> None:
    servo = spec.add_actuator(name=name, target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT)
    servo.gainprm[0] = gain
    servo.biastype = mujoco.mjtBias.mjBIAS_AFFINE
    servo.biasprm[:3] = 0, -gain, -damping


def main() -> None:
    """Print the rates of scattered and cluttered scenes of the training split, and the kinds that fail."""
    parser = ArgumentParser(description=main.__doc__)
    parser.add_argument("--scenes", type=int, default=20)
    count = parser.parse_args().scenes
    for setup in ("scattered", "cluttered"):
        scenes = [make_scene(setup, seed, "train") for seed in range(count)]
        visible = [bool(thing.grasps) for scene in scenes for thing in scene.objects if thing.visible]
        outcomes = success(scenes, np.random.default_rng(0))
        held = np.concatenate(list(outcomes.values()))
        failed = Counter({key: len(tried) - sum(tried) for key, tried in outcomes.items()})
        print(f"{setup}: {np.mean(visible):.1%} of {len(visible)} visible things have a labelled grasp")
        print(f"{setup}: {held.mean():.1%} of {len(held)} grasps hold; failed: {(+failed).most_common()}")


if __name__ == "__main__":
    main()
