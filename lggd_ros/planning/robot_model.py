"""The Franka Research 3 with its hand: frames, joint limits and collision shapes, from franky-sim's URDF and MJCF."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from importlib import resources

import coal
import numpy as np
import pinocchio as pin

from lggd_ros.grasps.lift import MAX_OPENING
from lggd_ros.planning.config import Attachment

ARM_JOINTS = tuple(f"fr3_joint{i}" for i in range(1, 8))
FINGER_JOINTS = ("fr3_finger_joint1", "fr3_finger_joint2")
READY = np.array([0.0, -np.pi / 4, 0.0, -3 * np.pi / 4, 0.0, np.pi / 2, np.pi / 4])

FLANGE_FRAME, HAND_FRAME, TOOL_FRAME = "fr3_link8", "fr3_hand", "fr3_hand_tcp"
OPEN_FINGER = MAX_OPENING / 2

# libfranka's documentation of the FR3's joint trajectory requirements, rad/s².
MAX_ACCELERATION = 10.0


class RobotModel:
    """Kinematics and shapes of the arm with opened fingers. Not to be shared between threads.

    ``lower``, ``upper`` (7,) are the MJCF's joint limits in rad, narrower than the URDF's; ``velocity`` (7,) rad/s and
    ``acceleration`` (7,) rad/s² the arm's own limits. ``shapes`` holds one convex body or box per geometry.
    """

    def __init__(self, attachments: Sequence[Attachment] = ()) -> None:
        self.model, self.shapes = _load()
        self.data = self.model.createData()
        self.lower, self.upper = _joint_ranges()
        self.velocity = self.model.velocityLimit.copy()
        self.acceleration = np.full(7, MAX_ACCELERATION)
        self._tool = self.model.getFrameId(TOOL_FRAME)
        self.tool_to_flange = _offset(self.model, TOOL_FRAME, FLANGE_FRAME)
        for attachment in attachments:
            self._attach(attachment)

    def fk(self, joints: np.ndarray) -> np.ndarray:
        """Pose (4, 4) of the tool frame ``fr3_hand_tcp`` in the base frame for joints (7,)."""
        pin.forwardKinematics(self.model, self.data, np.asarray(joints, float))
        return np.array(pin.updateFramePlacement(self.model, self.data, self._tool).homogeneous)

    def jacobian(self, joints: np.ndarray) -> np.ndarray:
        """Jacobian (6, 7) of the tool frame at joints (7,): linear, then angular velocity in the tool's own axes."""
        return pin.computeFrameJacobian(self.model, self.data, joints, self._tool, pin.ReferenceFrame.LOCAL)

    def shapes_with_fingers(self, opening: float) -> pin.GeometryModel:
        """A copy of ``shapes`` with the fingers ``opening`` metres apart."""
        shapes = pin.GeometryModel(self.shapes)
        across = self.tool_placement[1].rotation[:, 1]
        for shape in shapes.geometryObjects:
            side = {"left": 1, "right": -1}.get(shape.name.removeprefix("fr3_").partition("finger")[0], 0)
            placement = shape.placement.copy()
            placement.translation -= side * (OPEN_FINGER - opening / 2) * across
            shape.placement = placement
        return shapes

    @property
    def tool_placement(self) -> tuple[int, pin.SE3]:
        """Joint that carries the tool frame, and the frame's placement on it."""
        frame = self.model.frames[self._tool]
        return frame.parentJoint, frame.placement

    def within_limits(self, joints: np.ndarray) -> np.ndarray:
        """True (...) where joints (..., 7) lie within the limits."""
        return np.all((joints >= self.lower) & (joints <= self.upper), axis=-1)

    def _attach(self, attachment: Attachment) -> None:
        hand = self.model.frames[self.model.getFrameId(HAND_FRAME)]
        placement = hand.placement * pin.SE3(np.asarray(attachment.pose, float))
        box = coal.Box(*(2 * np.asarray(attachment.half_sizes, float)))
        self.shapes.addGeometryObject(pin.GeometryObject(attachment.name, hand.parentJoint, placement, box))


def _load() -> tuple[pin.Model, pin.GeometryModel]:
    """The URDF with its fingers fixed wide open and its meshes replaced by their convex hulls."""
    assets = resources.files("franky_sim") / "assets"
    urdf = str(assets / "fr3.urdf")
    model = pin.buildModelFromUrdf(urdf)
    shapes = pin.buildGeomFromUrdf(model, urdf, pin.GeometryType.COLLISION, package_dirs=[str(assets)])
    fingers = [model.getJointId(name) for name in FINGER_JOINTS]
    posture = pin.neutral(model)
    posture[7:] = OPEN_FINGER
    model, shapes = pin.buildReducedModel(model, shapes, fingers, posture)
    for shape in shapes.geometryObjects:
        shape.name = shape.name.rsplit("_", 1)[0] if "finger" not in shape.name else shape.name
        if isinstance(shape.geometry, coal.BVHModelBase):
            shape.geometry.buildConvexHull(True, "Qt")
            shape.geometry = shape.geometry.convex
    return model, shapes


def _joint_ranges() -> tuple[np.ndarray, np.ndarray]:
    mjcf = ElementTree.fromstring((resources.files("franky_sim") / "assets" / "fr3.xml").read_text())
    ranges = {joint.get("name"): joint.get("range", "") for joint in mjcf.iter("joint")}
    lower, upper = np.array([[float(value) for value in ranges[name].split()] for name in ARM_JOINTS]).T
    return lower, upper


def _offset(model: pin.Model, source: str, target: str) -> np.ndarray:
    """Pose (4, 4) of frame ``target`` in frame ``source``, both fixed to the last link."""
    frames = [model.frames[model.getFrameId(name)].placement for name in (source, target)]
    return np.array(frames[0].actInv(frames[1]).homogeneous)
