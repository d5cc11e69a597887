"""Where the camera is mounted, from views of a ChArUco board: closed forms compared, then refined on the pixels.

Two set-ups are one problem. ``carrier`` is what bears the camera: the hand (eye-in-hand) or the base (eye-to-hand);
the board stays in the other frame. For each view, carrier pose · camera · board in camera is always the same board.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from lggd_ros.calibration.board import Board, Lens
from lggd_ros.calibration.closed_form import METHODS

REFINED = "refined on pixels"
MIN_VIEWS, MIN_TURN = 6, np.radians(5)
MAX_MILLIMETRES, MAX_DEGREES = 3.0, 0.5  # rms over the views; beyond, something is wrong with frames, board or arm


@dataclass(frozen=True)
class View:
    """One image: pose of the hand (4, 4) in the base at its stamp; ids (N,), pixels (N, 2) of the board's corners."""

    hand: np.ndarray
    ids: np.ndarray
    pixels: np.ndarray


@dataclass(frozen=True)
class Solution:
    """``camera`` (4, 4): optical frame in the carrier; ``board`` (4, 4): the board in the other frame.

    How far the board seems to move between views, rms: ``millimetres``, ``degrees``; and ``pixels`` of reprojection.
    """

    method: str
    camera: np.ndarray
    board: np.ndarray
    millimetres: float
    degrees: float
    pixels: float

    @property
    def trustworthy(self) -> bool:
        """False when the residuals say that a frame, the board's size or the arm's calibration is wrong."""
        return self.millimetres <= MAX_MILLIMETRES and self.degrees <= MAX_DEGREES


def calibrate(views: Sequence[View], board: Board, lens: Lens, eye_in_hand: bool) -> list[Solution]:
    """Every closed form, and last the one refined from the best of them.

    Raises ValueError when the views are too few or too much alike.
    """
    carriers = np.array([view.hand if eye_in_hand else np.linalg.inv(view.hand) for view in views])
    _check(carriers)
    boards = np.array([board.pose(view.ids, view.pixels, lens) for view in views])
    motions = _motions(carriers, boards)
    problem = _Problem(views, carriers, boards, board, lens)
    closed = [problem.solution(name, method(*motions)) for name, method in METHODS.items()]
    return [*closed, problem.refine(min(closed, key=lambda solution: solution.pixels))]


def check_count(views: int) -> None:
    """Raises ValueError where they are too few."""
    if views < MIN_VIEWS:
        raise ValueError(f"{views} views are too few; {MIN_VIEWS} are needed, 15 are good")


def _check(carriers: np.ndarray) -> None:
    check_count(len(carriers))
    turns = Rotation.from_matrix(np.linalg.inv(carriers[0])[:3, :3] @ carriers[:, :3, :3]).as_rotvec()
    spread = np.linalg.svd(turns - turns.mean(axis=0), compute_uv=False) / np.sqrt(len(turns))
    if spread[1] < MIN_TURN:
        raise ValueError(
            f"the views turn about one axis only (the second by {np.degrees(spread[1]):.1f} degrees, at least "
            f"{np.degrees(MIN_TURN):.0f} are needed); tilt the hand about two axes"
        )


def _motions(carriers: np.ndarray, boards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From every view to every later one, of the carrier and of the camera: A X = X B."""
    first, second = np.array(list(combinations(range(len(carriers)), 2))).T
    return np.linalg.inv(carriers[second]) @ carriers[first], boards[second] @ np.linalg.inv(boards[first])


@dataclass(frozen=True)
class _Problem:
    views: Sequence[View]
    carriers: np.ndarray
    boards: np.ndarray
    board: Board
    lens: Lens

    def solution(self, method: str, camera: np.ndarray, board: np.ndarray | None = None) -> Solution:
        seen = self.carriers @ camera @ self.boards
        places, turns = seen[:, :3, 3], Rotation.from_matrix(seen[:, :3, :3])
        if board is None:
            board = np.eye(4)
            board[:3, :3], board[:3, 3] = turns.mean().as_matrix(), places.mean(axis=0)
        millimetres = 1000 * _rms(np.linalg.norm(places - places.mean(axis=0), axis=1))
        degrees = float(np.degrees(_rms((turns.mean().inv() * turns).magnitude())))
        pixels = _rms(np.linalg.norm(self._reprojection(camera, board), axis=1))
        return Solution(method, camera, board, millimetres, degrees, pixels)

    def refine(self, start: Solution) -> Solution:
        """Camera and board that minimise the reprojection error over all views (robust against single bad corners)."""

        def residuals(change: np.ndarray) -> np.ndarray:
            return self._reprojection(_moved(start.camera, change[:6]), _moved(start.board, change[6:])).ravel()

        change = least_squares(residuals, np.zeros(12), loss="soft_l1", x_scale="jac").x
        return self.solution(REFINED, _moved(start.camera, change[:6]), _moved(start.board, change[6:]))

    def _reprojection(self, camera: np.ndarray, board: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) between where corners should be seen and where they are, over all views."""
        corners, errors = self.board.corners, []
        for view, carrier in zip(self.views, self.carriers, strict=True):
            seen = np.linalg.inv(carrier @ camera) @ board
            errors.append(self.lens.project(corners[view.ids] @ seen[:3, :3].T + seen[:3, 3]) - view.pixels)
        return np.concatenate(errors)


def _moved(pose: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The pose turned by a rotation vector and shifted, (6,) in rad and m, in its own frame."""
    step = np.eye(4)
    step[:3, :3], step[:3, 3] = Rotation.from_rotvec(change[:3]).as_matrix(), change[3:]
    return pose @ step


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
