"""``lggd calibrate``: collect views while a person moves the arm, solve, write the file; and the touch check."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lggd_ros.calibration.board import DOTS_PER_METRE, Board
from lggd_ros.calibration.gathering import Gathering
from lggd_ros.calibration.hand_eye import Solution, View, calibrate, check_count
from lggd_ros.calibration.mount_file import Mount, write_mount
from lggd_ros.calibration.source import Moment, Source, SourceError
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP
from lggd_ros.robot.background import background_node

PATIENCE = 15.0  # seconds without a single usable transform
LOOKS, MAX_TOUCH = 10, 0.003
TOUCHED = 0  # id of the corner to be touched


@dataclass(frozen=True)
class Frames:
    """Names in /tf: robot's base, hand and tool centre point, and the camera's frame that carries its others."""

    base: str = "base"
    hand: str = "fr3_hand"
    tcp: str = "fr3_hand_tcp"
    camera: str = "camera_link"


def calibrate_camera(topic: str, board: Board, frames: Frames, eye_in_hand: bool, wanted: int, out: Path) -> bool:
    """True when a trustworthy transform was written to ``out``. Raises ValueError: no images, transforms, variety."""
    check_count(wanted)
    if not out.resolve().parent.is_dir():
        raise ValueError(f"{out.parent} is no folder; make it, or give another --out")
    with background_node("calibrate") as node:
        source = Source(node, topic)
        source.pose(frames.camera, source.next().frame)  # before anybody has moved the arm in vain
        print(f"{wanted} views: move the arm, tilt the hand about both axes, let it rest; ctrl-c gives up", flush=True)
        views, moment = _collect(source, Gathering(board, wanted, lambda sentence: print(sentence, flush=True)), frames)
        optical = source.pose(frames.camera, moment.frame)
    solutions = calibrate(views, board, moment.lens, eye_in_hand)
    print(_table(solutions), flush=True)
    best = solutions[-1]
    if not best.trustworthy:
        print("not written: the residuals are too large; check the square's size, --hand-frame and the arm's joints")
        return False
    mount = Mount.from_pose(
        frames.hand if eye_in_hand else frames.base, frames.camera, best.camera @ np.linalg.inv(optical)
    )
    write_mount(mount, out, _residuals(best))
    print(f"wrote {out}: {mount.child_frame_id} in {mount.frame_id}; use it with grasp.launch.py hand_eye:={out}")
    return True


def touch_check(topic: str, board: Board, frames: Frames) -> bool:
    """True when the finger tips stand where the camera, through /tf, says a corner of the board is. Moves nothing."""
    with background_node("calibrate") as node:
        source = Source(node, topic)
        seen = np.median([_corner(source, board, frames) for _ in range(LOOKS)], axis=0)
        print(f"in {frames.base} the camera sees the inner corner beside marker 0 at {_metres(seen)} m")
        input("keep the board still, put the closed finger tips on that corner, and press Enter: ")
        tcp = source.pose(frames.base, frames.tcp, source.next().stamp)
    tip = (tcp @ [0, 0, FINGER_BEYOND_TCP, 1])[:3]
    offset = tip - seen
    near = bool(np.linalg.norm(offset) <= MAX_TOUCH)
    print(f"the finger tips are {1000 * np.linalg.norm(offset):.1f} mm away: x, y, z = {_metres(offset)} m")
    print("fine" if near else f"more than {1000 * MAX_TOUCH:.0f} mm: calibrate again, with more and nearer views")
    return near


def draw_board(board: Board, path: Path) -> str:
    """Write the board in its true size, as PDF or PNG; returns what to do with it."""
    if path.suffix.lower() not in (".pdf", ".png"):
        raise ValueError(f"{path} is neither .pdf nor .png")
    dots_per_inch = DOTS_PER_METRE * 0.0254
    Image.fromarray(board.draw()).save(path, resolution=dots_per_inch, dpi=(dots_per_inch, dots_per_inch))
    return (
        f"wrote {path}: print it at 100 %, glue it to something flat with a white margin around it, measure a square "
        "and a marker, and pass them as --square and --marker"
    )


def _collect(source: Source, gathering: Gathering, frames: Frames) -> tuple[list[View], Moment]:
    """Raises SourceError when no transforms come at all."""
    last_heard = time.monotonic()
    while True:
        moment = source.next()
        try:
            hand, before = source.poses(frames.base, frames.hand, moment.stamp)
        except SourceError:
            if time.monotonic() > last_heard + PATIENCE:
                raise
            continue
        last_heard = time.monotonic()
        gathering.offer(moment.image, hand, before)
        if gathering.complete:
            return gathering.views, moment


def _corner(source: Source, board: Board, frames: Frames) -> np.ndarray:
    """Position (3,) of the corner to touch in the base."""
    moment = source.next()
    seen = board.pose(*board.detect(moment.image), moment.lens)
    camera = source.pose(frames.base, moment.frame, moment.stamp)
    return (camera @ seen @ np.append(board.corners[TOUCHED], 1))[:3]


def _table(solutions: list[Solution]) -> str:
    """How far the board seems to move between views, by each method."""
    rows = [f"{'method':20} {'mm':>8} {'degrees':>8} {'pixels':>8}"]
    rows += [f"{s.method:20} {s.millimetres:8.2f} {s.degrees:8.3f} {s.pixels:8.2f}" for s in solutions]
    return "\n".join(rows)


def _residuals(solution: Solution) -> dict[str, float]:
    values = {"millimetres": solution.millimetres, "degrees": solution.degrees, "pixels": solution.pixels}
    return {name: round(value, 4) for name, value in values.items()}


def _metres(point: np.ndarray) -> str:
    return ", ".join(f"{value:.4f}" for value in point)
