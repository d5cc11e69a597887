"""What the planners ask of a collision checker; coal and MoveIt both stand behind it."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Checker(Protocol):
    """Tells where the arm may be; joints (7,) in rad."""

    def is_free(self, joints: np.ndarray) -> bool:
        """True where the arm touches nothing."""

    def first_blocked(self, path: np.ndarray) -> int | None:
        """Index of the first of joints (N, 7) in collision, None where all are free."""

    def describe(self, joints: np.ndarray) -> str:
        """The collisions in words, such as ``fr3_hand hits the table``."""
