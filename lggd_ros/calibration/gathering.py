"""Which moments become views: the arm at rest, in a new place, with enough of the board in sight. No ROS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from lggd_ros.calibration.board import MIN_CORNERS, Board
from lggd_ros.calibration.hand_eye import View

NEW_METRES, NEW_TURN = 0.03, np.radians(5)  # a place differs from all others by one of these
REST_METRES, REST_TURN = 5e-4, np.radians(0.05)  # an arm at rest moves by less than both


@dataclass
class Gathering:
    """``views`` so far of ``wanted``; ``say`` tells the person what happens, each sentence once."""

    board: Board
    wanted: int
    say: Callable[[str], None]
    views: list[View] = field(default_factory=list)
    _last: str = ""

    @property
    def complete(self) -> bool:
        """True when there are as many views as wanted."""
        return len(self.views) >= self.wanted

    def offer(self, image: np.ndarray, hand: np.ndarray, before: np.ndarray) -> None:
        """An RGB image, the pose of the hand (4, 4) when it was taken, and its pose a moment before."""
        if apart(hand, before, REST_METRES, REST_TURN):
            return
        if not all(apart(hand, view.hand, NEW_METRES, NEW_TURN) for view in self.views):
            return
        ids, pixels = self.board.detect(image)
        total = len(self.board.corners)
        if len(ids) < MIN_CORNERS:
            self._tell(
                f"the arm rests, but {len(ids)} of the board's {total} corners are seen; {MIN_CORNERS} are needed"
            )
            return
        self.views.append(View(hand, ids, pixels))
        self._tell(f"view {len(self.views)} of {self.wanted}: {len(ids)} of {total} corners")

    def _tell(self, sentence: str) -> None:
        if sentence != self._last:
            self.say(sentence)
        self._last = sentence


def apart(one: np.ndarray, other: np.ndarray, metres: float, turn: float) -> bool:
    """True when two poses differ by more than ``metres`` or by more than ``turn`` radians."""
    between = np.linalg.inv(one) @ other
    angle = Rotation.from_matrix(between[:3, :3]).magnitude()
    return bool(np.linalg.norm(between[:3, 3]) > metres or angle > turn)
