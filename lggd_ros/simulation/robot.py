"""The FR3 with the Franka hand and the wrist camera as a MuJoCo model, from the meshes of franky-sim."""

from __future__ import annotations

from importlib import resources

import mujoco
import numpy as np

from lggd_ros.simulation.mount import CAMERA, CAMERA_FRAME, HAND_TO_CAMERA, HAND_TO_HOUSING, HOUSING_HALF_SIZES
from lggd_ros.tabletop.objects import quaternion_of

ARM_JOINTS = tuple(f"fr3_joint{i}" for i in range(1, 8))
FINGER_JOINTS = ("finger_joint1", "finger_joint2")
FINGERS = ("left_finger", "right_finger")
ROBOT_GROUP = 2  # of the robot's visible geometries, as in franky-sim

TIMESTEP = 0.002
FINGER_STIFFNESS, FINGER_DAMPING = 2000.0, 40.0
FINGER_TARGETS = (-0.06, 0.04)


def robot_spec() -> mujoco.MjSpec:
    """The robot alone, its base at the origin; add table and objects, then compile."""
    assets = resources.files("franky_sim") / "assets"
    spec = mujoco.MjSpec.from_file(str(assets / "fr3.xml"))
    spec.meshdir = str(assets / "meshes")
    for key in list(spec.keys):
        spec.delete(key)
    _set_physics(spec)
    _free_arm_of_gravity(spec)
    _strengthen_hand(spec)
    _pad_fingers(spec)
    _mount_camera(spec)
    return spec


def _set_physics(spec: mujoco.MjSpec) -> None:
    spec.option.timestep = TIMESTEP
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10


def _free_arm_of_gravity(spec: mujoco.MjSpec) -> None:
    """As Franka's controller does; and let the servos be driven beyond the joint range by their feed-forward."""
    for body in spec.body("base").find_all(mujoco.mjtObj.mjOBJ_BODY):
        body.gravcomp = 1
    for name in ARM_JOINTS:
        servo = spec.actuator(name)
        servo.inheritrange, servo.ctrllimited = 0, False


def _strengthen_hand(spec: mujoco.MjSpec) -> None:
    """The stock hand squeezes with 1 N; this one follows finger positions with up to twice the grasp force."""
    hand = spec.actuator("hand")
    hand.inheritrange, hand.ctrllimited, hand.ctrlrange = 0, True, FINGER_TARGETS
    hand.gainprm[0] = FINGER_STIFFNESS
    hand.biasprm[:3] = 0, -FINGER_STIFFNESS, -FINGER_DAMPING

    for name in FINGER_JOINTS:
        spec.joint(name).frictionloss = 0  # else inherited from the arm's gears: 1 mm off and 1 N short


def _pad_fingers(spec: mujoco.MjSpec) -> None:
    """Flat pads in place of four studs, between which the edge of a cup gets caught so that the hand cannot let go.

    Their contact is after Franka's rubber; with MuJoCo's defaults spheres fall out of the hand.
    """
    for name in FINGERS:
        tip, block, *studs = (geom for geom in spec.body(name).geoms if geom.contype)
        for stud in studs:
            spec.delete(stud)
        back = block.pos[1] + block.size[1]
        block.pos[1] = block.size[1] = back / 2  # begins where the studs did, in the plane where closed fingers meet
        for pad in (tip, block):
            pad.priority, pad.condim = 1, 4
            pad.solref = [0.004, 1]
            pad.solimp[:3] = 0.95, 0.99, 0.001


def _mount_camera(spec: mujoco.MjSpec) -> None:
    hand = spec.body("hand")
    hand.add_camera(
        name=CAMERA_FRAME,
        pos=HAND_TO_CAMERA[:3, 3],
        quat=quaternion_of(HAND_TO_CAMERA[:3, :3] @ np.diag([1, -1, -1])),
        fovy=np.degrees(2 * np.arctan(CAMERA.height / 2 / CAMERA.fy)),
    )
    housing = hand.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=HOUSING_HALF_SIZES, mass=0, group=ROBOT_GROUP)
    housing.pos, housing.quat = HAND_TO_HOUSING[:3, 3], quaternion_of(HAND_TO_HOUSING[:3, :3])
    housing.rgba = [0.35, 0.36, 0.38, 1]
