"""Mishaps of robots, each of which happens once, at its first occasion: for tests of what an executor makes of them."""

from __future__ import annotations

from collections.abc import Iterable

GRASP_SLIPS = "grasp_slips"  # the hand yields for a moment while it lifts
GRASP_JAMS = "grasp_jams"  # the fingers stop at once when they should close: a wrong width
GRIPPER_ABORTS = "gripper_aborts"  # a move of the hand ends in an error
GRIPPER_UNHOMED = "gripper_unhomed"  # the hand moves only after homing
ARM_REFLEX = "arm_reflex"  # the arm stops on its way and refuses trajectories until it is recovered
CAMERA_DROPS_OUT = "camera_drops_out"  # no images for some seconds from the first motion of the arm on

FAULTS = (GRASP_SLIPS, GRASP_JAMS, GRIPPER_ABORTS, GRIPPER_UNHOMED, ARM_REFLEX, CAMERA_DROPS_OUT)


class Faults:
    """The mishaps still to come."""

    def __init__(self, names: Iterable[str] = ()):
        self._pending = {name for name in names if name}
        if unknown := self._pending - set(FAULTS):
            raise ValueError(f"faults has {', '.join(sorted(unknown))}; allowed: {', '.join(FAULTS)}")

    def pending(self, name: str) -> bool:
        """Whether it is still to come."""
        return name in self._pending

    def strikes(self, name: str) -> bool:
        """True at the first occasion of a mishap that was asked for."""
        struck = name in self._pending
        self._pending.discard(name)
        return struck
