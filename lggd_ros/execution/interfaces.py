"""What pick-and-place needs: eyes, an arm and a gripper. ROS clients and the in-process simulator fit in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from lggd_ros.planning.planner import NO_POINTS, JointTrajectory

Watch = Callable[[], None]


class Cancelled(Exception):
    """The goal was cancelled; arm and gripper have been told to stop."""


class CancelToken:
    """Set once, from any thread; every wait of the execution looks at it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask everything that runs under this token to stop."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """True once cancelled."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled."""
        if self.cancelled:
            raise Cancelled

    def wait(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds; True as soon as cancelled."""
        return self._event.wait(timeout)


class RobotError(Exception):
    """The arm or the gripper did not do what it was told; the message says what and how to mend it."""


class ArmError(RobotError):
    """The arm refused or aborted a trajectory, or fell silent."""


class ArmAborted(ArmError):
    """The arm's controller gave up a trajectory; after an error recovery it may take another one."""


class GripperError(RobotError):
    """The gripper did not answer or failed (an empty grasp is not an error)."""


class PerceptionError(Exception):
    """No answer from perception: no images, stale images, no transform, service missing."""


@dataclass(frozen=True)
class GraspCandidate:
    """One grasp in the base frame: ``pose`` (4, 4) of the grasp frame (z = approach, fingers close along y),
    ``opening`` of the jaws and ``object_width`` between them in metres, ``quality`` in [0, 1]."""

    pose: np.ndarray
    opening: float
    object_width: float
    quality: float


@dataclass(frozen=True)
class Sighting:
    """One look at the scene for one instruction, in the base frame.

    ``status`` is ``found``, ``absent`` or ``ambiguous``; ``candidates`` best first (empty unless found);
    ``obstacles`` (N, 3) metres, the named thing's own points, ``target`` (M, 3), left out, and those, ``touchable``
    (K, 3), that may be the thing's where only a grasp was given; ``rejections``: why grasps seen in the image are no
    candidates; ``message`` for a person.
    """

    status: str
    presence: float
    candidates: list[GraspCandidate]
    obstacles: np.ndarray = field(default_factory=lambda: NO_POINTS)
    target: np.ndarray = field(default_factory=lambda: NO_POINTS)
    touchable: np.ndarray = field(default_factory=lambda: NO_POINTS)
    rejections: list[str] = field(default_factory=list)
    message: str = ""


class Eyes(Protocol):
    """Finds the named thing."""

    def look(self, instruction: str, cancel: CancelToken) -> Sighting:
        """One look at the scene from where the camera is. Raises PerceptionError, Cancelled."""

    def glance(self, cancel: CancelToken) -> np.ndarray:
        """Points (N, 3) in the base frame of whatever is there now. Raises PerceptionError, Cancelled."""

    def check(self) -> None:
        """Raises PerceptionError when camera or transforms have fallen silent."""


class Arm(Protocol):
    """Seven joints. Motion methods return when done; on cancel they bring the arm to rest and raise Cancelled."""

    def joint_positions(self) -> np.ndarray:
        """Measured joints (7,) in radians. Raises ArmError when stale."""

    def execute(self, trajectory: JointTrajectory, cancel: CancelToken, watch: Watch) -> None:
        """Follow the trajectory to its end. Raises ArmError, Cancelled.

        ``watch`` is called all along; what it raises brings the arm to rest and is raised here.
        """

    def recover(self, cancel: CancelToken) -> None:
        """Clear an error, so that the arm takes trajectories again. Raises ArmError, Cancelled."""


class Gripper(Protocol):
    """A parallel jaw, widths in metres between the fingers (franka_msgs semantics)."""

    def width(self) -> float:
        """Measured opening in metres. Raises GripperError when stale."""

    def home(self, cancel: CancelToken) -> None:
        """Close and open fully, so that the hand knows its widths. Raises GripperError, Cancelled."""

    def move(self, width: float, cancel: CancelToken) -> None:
        """Open or close to ``width``. Raises GripperError, Cancelled."""

    def grasp(self, width: float, inner: float, outer: float, force: float, cancel: CancelToken) -> bool:
        """Close with ``force`` newtons; True when the final width lies in width - inner .. width + outer.

        Raises GripperError, Cancelled.
        """

    def stop(self) -> None:
        """Stop the fingers at once."""
