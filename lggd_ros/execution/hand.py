"""The hand and what is known of it between goals: whether it is homed, and whether it holds something."""

from __future__ import annotations

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import CancelToken, GraspCandidate, Gripper, GripperError, Watch
from lggd_ros.execution.outcome import ErrorCode, PickFailure
from lggd_ros.grasps.lift import MAX_OPENING

UNHOMED = 0.003  # metres that a homed hand's full opening may be off
RELEASE = 0.02  # metres that the fingers open to let go
LOOSE = 0.004  # metres of opening from which on nothing is held any more
STUCK = 0.002  # metres: fingers that have closed by less, and say that they failed, hold nothing


class Hand:
    """A gripper that never grasps twice. Widths in metres."""

    def __init__(self, gripper: Gripper, config: PickConfig):
        self._gripper, self._config = gripper, config
        self._homed = config.homing == "never"
        self._grip: float | None = None

    @property
    def width(self) -> float:
        """Measured between the fingers. Raises GripperError when stale."""
        return self._gripper.width()

    @property
    def holds(self) -> bool:
        """Whether something is still between the fingers, which have not opened since they closed on it."""
        if self._grip is None:
            return False
        width = self.width
        return self._config.empty_width < width <= self._grip + self._config.slip_width

    def make_ready(self, cancel: CancelToken) -> None:
        """Before a pick: empty, and homed. Raises PickFailure, GripperError, Cancelled."""
        if self.holds:
            raise PickFailure(
                ErrorCode.HAND_FULL,
                f"the hand still holds something, {self.width * 1000:.0f} mm wide; take it, and call executor/open",
            )
        if not self._homed:
            self._home(cancel)
            self._homed = True

    def open_for(self, grasp: GraspCandidate, cancel: CancelToken) -> None:
        """Open as the grasp needs; a hand that refuses may have lost its homing. Raises GripperError, Cancelled."""
        try:
            self._gripper.move(grasp.opening, cancel)
        except GripperError:
            if self._config.homing == "never":
                raise
            self._gripper.home(cancel)
            self._gripper.move(grasp.opening, cancel)
        self._grip = None

    def open(self, cancel: CancelToken) -> None:
        """Open fully, and let go of whatever is held. Raises GripperError, Cancelled."""
        self._gripper.move(MAX_OPENING, cancel)
        self._grip = None

    def close_on(self, grasp: GraspCandidate, cancel: CancelToken) -> bool:
        """Close on the thing; True when something is between the fingers, False also when they did not close. Raises
        GripperError, Cancelled."""
        if self.holds:
            raise GripperError("the hand already holds something; it must let go before it grasps again")
        config, width = self._config, grasp.object_width
        inner, before = max(min(config.width_tolerance, width - config.empty_width), 0.0), self.width
        done = self._gripper.grasp(width, inner, config.width_tolerance, config.grasp_force, cancel)
        after = self.width
        self._grip = after if done or after < before - STUCK else None
        return self._grip is not None and after > config.empty_width

    def release(self, cancel: CancelToken) -> None:
        """Open just wide enough to let go. Raises GripperError, Cancelled."""
        self._gripper.move(min(self.width + RELEASE, MAX_OPENING), cancel)
        self._grip = None

    def let_go(self, grasp: GraspCandidate, cancel: CancelToken) -> None:
        """Open as wide as on the way to the grasp, where there was room; a neighbour may stop fingers that have opened.

        Raises GripperError, Cancelled.
        """
        before = self.width
        try:
            self._gripper.move(grasp.opening, cancel)
        except GripperError:
            if self.width < before + LOOSE:
                raise
        self._grip = None

    def check_width(self, grasp: GraspCandidate, code: ErrorCode, what: str) -> None:
        """Raises PickFailure unless the width is the thing's: ``code`` and ``what`` for an empty hand."""
        config, width, expected = self._config, self.width, grasp.object_width
        if self._grip is None or width <= config.empty_width:
            raise PickFailure(code, f"the hand {what}: {width * 1000:.0f} mm between the fingers", retry=True)
        if abs(width - expected) > config.width_tolerance:
            measured = f"{width * 1000:.0f} mm between the fingers, {expected * 1000:.0f} mm expected"
            raise PickFailure(ErrorCode.WRONG_WIDTH, f"the hand holds something else: {measured}", retry=True)

    def watch_grip(self, may_shift: bool = False) -> Watch:
        """A check for motions: raises PickFailure as soon as what is held now slips out.

        By default when it begins to, and the fingers close further; what ``may_shift`` is given up when it has gone.
        """
        held, grip = self.holds, self._grip or 0.0
        least = 0.0 if may_shift else grip - self._config.slip_width

        def check() -> None:
            if held and not (self.holds and self.width >= least):
                closed = f"the fingers closed from {grip * 1000:.0f} to {self.width * 1000:.0f} mm"
                raise PickFailure(ErrorCode.DROPPED, f"the hand dropped it on the way: {closed}", retry=True)

        return check

    def come_to_rest(self) -> None:
        """Stop the fingers at once, but not the force with which they hold something: the Franka hand's stop ends
        that, too. Raises GripperError."""
        if not self.holds:
            self._gripper.stop()

    def _home(self, cancel: CancelToken) -> None:
        """``check``: a homed hand opens fully when told to, and knows it; another one is homed."""
        if self._config.homing == "check":
            try:
                self._gripper.move(MAX_OPENING, cancel)
                if abs(self.width - MAX_OPENING) <= UNHOMED:
                    return
            except GripperError:
                pass
        self._gripper.home(cancel)
