"""The Franka hand's own controller: one command at a time, success judged by the final width, as in libfranka."""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np

from lggd_ros.grasps.lift import MAX_OPENING
from lggd_ros.simulation.faults import GRASP_JAMS, GRASP_SLIPS, GRIPPER_ABORTS, GRIPPER_UNHOMED, Faults
from lggd_ros.simulation.robot import FINGER_JOINTS, FINGER_STIFFNESS, FINGER_TARGETS

MOVING_FORCE = 30.0
MAX_FORCE = 70.0
HOMING_SPEED = 0.1
ARRIVED = 0.002
STILL_SPEED, STILL_SECONDS = 0.001, 0.1
PATIENCE = 2.0  # seconds of pushing, after which fingers that tremble count as stopped
SLIP_AFTER, SLIP_SECONDS, SLIP_WIDTH = 0.6, 0.4, 0.02


@dataclass
class GripperCommand:
    """One command on its way: ``success`` is None while it runs, and ``error`` says why it is False.

    ``targets`` are finger positions to visit, ``accepted`` the final widths that count as success, metres.
    """

    targets: list[float]
    speed: float
    force: float
    accepted: tuple[float, float]
    success: bool | None = field(default=None, init=False)
    error: str = field(default="", init=False)

    def finish(self, width: float) -> None:
        """Judge by the width at which the fingers came to rest."""
        low, high = self.accepted
        self.success = low <= width <= high
        if not self.success:
            self.error = f"fingers stopped at {width:.4f} m, outside {low:.4f} to {high:.4f} m"

    def abort(self, reason: str) -> None:
        """End as a failure."""
        self.success, self.error = False, reason


class FrankaGripper:
    """Drives the finger actuator of a model made by ``robot_spec``; widths and speeds are those between the fingers."""

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, faults: Faults | None = None):
        self._model, self._data, self._faults = model, data, faults or Faults()
        self._slips_in = np.inf
        self._actuator = model.actuator("hand").id
        self._qpos = [int(model.joint(name).qposadr[0]) for name in FINGER_JOINTS]
        self._dofs = [int(model.joint(name).dofadr[0]) for name in FINGER_JOINTS]
        self._command: GripperCommand | None = None
        self._speed, self._still, self._pushing = 0.0, 0.0, 0.0
        self.jump(MAX_OPENING)

    @property
    def fingers(self) -> np.ndarray:
        """Positions (2,) of the fingers in metres."""
        return self._data.qpos[self._qpos]

    @property
    def finger_velocities(self) -> np.ndarray:
        """Velocities (2,) of the fingers in m/s."""
        return self._data.qvel[self._dofs]

    @property
    def width(self) -> float:
        """Measured opening in metres."""
        return float(self.fingers.sum())

    @property
    def busy(self) -> bool:
        """True while a command runs."""
        return self._command is not None

    def jump(self, width: float) -> None:
        """Put the fingers at ``width`` at once, to begin with."""
        self._data.qpos[self._qpos] = self._set_point = self._target = width / 2
        self._limit_force(MOVING_FORCE)

    def homing(self) -> GripperCommand:
        """Close, then open fully."""
        self._faults.strikes(GRIPPER_UNHOMED)
        ends = [0.0, MAX_OPENING / 2]
        return self._start(GripperCommand(ends, HOMING_SPEED, MOVING_FORCE, (MAX_OPENING - ARRIVED, np.inf)))

    def move(self, width: float, speed: float) -> GripperCommand:
        """Go to ``width``. Raises ValueError when the hand cannot."""
        _check("width", width, 0.0, MAX_OPENING)
        _check("speed", speed, 1e-3, 0.2)
        command = self._start(GripperCommand([width / 2], speed, MOVING_FORCE, (width - ARRIVED, width + ARRIVED)))
        if self._faults.pending(GRIPPER_UNHOMED) or self._faults.strikes(GRIPPER_ABORTS):
            self.stop("libfranka gripper: command failed!")
        return command

    def grasp(self, width: float, speed: float, force: float, inner: float, outer: float) -> GripperCommand:
        """Close with ``force`` newtons; success when the width ends in width - inner .. width + outer.

        The hand squeezes on afterwards, whatever the outcome. Raises ValueError when the hand cannot.
        """
        _check("width", width, 0.0, MAX_OPENING)
        _check("speed", speed, 1e-3, 0.2)
        _check("force", force, 1.0, MAX_FORCE)
        _check("epsilon.inner", inner, 0.0, MAX_OPENING)
        _check("epsilon.outer", outer, 0.0, MAX_OPENING)
        if self._faults.strikes(GRASP_SLIPS):
            self._slips_in = SLIP_AFTER
        command = self._start(GripperCommand([FINGER_TARGETS[0]], speed, force, (width - inner, width + outer)))
        if self._faults.strikes(GRASP_JAMS):
            self.stop("fingers blocked")
        return command

    def stop(self, reason: str = "stopped") -> None:
        """Stop a command that runs, and the force of a grasp that has ended, as libfranka's stop does."""
        if self._command is not None:
            self._command.abort(reason)
            self._command = None
        self._set_point = self._target = self.width / 2

    def advance(self, period: float) -> None:
        """Move the set point on by ``period`` seconds and end the command when the fingers have come to rest.

        A grasp goes on closing after its end, so that the force stays when the thing in the hand slips.
        """
        reach = self._speed / 2 * period
        self._set_point += min(max(self._target - self._set_point, -reach), reach)
        self._data.ctrl[self._actuator] = self._set_point + self._yielded(period)
        if self._command is not None and self._at_rest(period):
            self._next_target(self._command)

    def _yielded(self, period: float) -> float:
        """How far a hand that lets something slip opens of itself, some time after its grasp has ended."""
        if self._command is None:
            self._slips_in -= period
        return self.width / 2 - self._set_point + SLIP_WIDTH / 2 if self._slips else 0.0

    @property
    def _slips(self) -> bool:
        return -SLIP_SECONDS < self._slips_in < 0

    def _next_target(self, command: GripperCommand) -> None:
        self._still = self._pushing = 0.0
        if command.targets:
            self._target = command.targets.pop(0)
        else:
            command.finish(self.width)
            self._command = None

    def _at_rest(self, period: float) -> bool:
        force = abs(self._set_point - self.width / 2) * FINGER_STIFFNESS
        settled = force >= self._model.actuator_forcerange[self._actuator, 1] or self._set_point == self._target
        slow = np.abs(self.finger_velocities).max() < STILL_SPEED
        self._still = self._still + period if settled and slow else 0.0
        self._pushing = self._pushing + period if settled else 0.0
        return self._still > STILL_SECONDS or self._pushing > PATIENCE

    def _start(self, command: GripperCommand) -> GripperCommand:
        if self._command is not None:
            self._command.abort("preempted by another command")
        self._command, self._set_point, self._speed = command, self.width / 2, command.speed
        if self._slips:
            self._slips_in = -np.inf  # a new command ends it
        self._next_target(command)
        self._limit_force(command.force)
        return command

    def _limit_force(self, force: float) -> None:
        """Each finger gets half of the actuator's force."""
        self._model.actuator_forcerange[self._actuator] = -2 * force, 2 * force


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"gripper {name} is {value:g}; the Franka hand takes {low:g} to {high:g}")
