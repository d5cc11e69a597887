"""What the network sees, for people: scenes with mask and best grasps drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from lggd_ros.data.scene import Instruction, Scene
from lggd_ros.decision import STATUS, UNTUNED, Decision, meant_region
from lggd_ros.detector import Detection
from lggd_ros.grasps.maps import GraspMaps, decode
from lggd_ros.grasps.planar import PlanarGrasp
from lggd_ros.network import LGGD
from lggd_ros.overlay import draw
from lggd_ros.training.verdicts import answer

COLUMNS, ROWS, WIDTH = 4, 4, 512
DRAWN = 5  # true grasps; data sets have dozens per thing


def save_examples(path: Path, network: LGGD, scenes: Sequence[Scene]) -> None:
    """A PNG sheet of scenes, one instruction each, taking turns through their instructions."""
    chosen = [(s, s.instructions[k % len(s.instructions)]) for k, s in enumerate(scenes) if s.instructions]
    tiles = [draw_answer(network, scene, instruction) for scene, instruction in chosen[: COLUMNS * ROWS]]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    sheet = np.vstack([np.hstack(tiles[k : k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)])
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())


def draw_answer(network: LGGD, scene: Scene, instruction: Instruction, decision: Decision = UNTUNED) -> np.ndarray:
    """The scene's image enlarged, with the network's answer to one instruction drawn in as it is judged, RGB."""
    output = answer(network, scene, [instruction.text])
    maps = output.maps[0].float().cpu().numpy()
    inside = meant_region(maps[0], maps[5])
    match = decision.calibrated(output.match[0].float().softmax(-1).cpu().numpy())
    grasps = decode(GraspMaps.of(maps), inside, 3, network.config.opening_scale)
    text, status = f"{instruction.text} <{instruction.type}>", decision.status(match, maps[0], inside)
    return _draw(scene, text, status, float(1 - match[0]), maps[0], grasps)


def draw_truth(scene: Scene, instruction: Instruction) -> np.ndarray:
    """The same picture with what is true of the instruction: mask, and some of the grasps where one thing is meant."""
    grasps = scene.grasps_for(instruction)
    some = [grasps[k] for k in np.linspace(0, len(grasps) - 1, min(len(grasps), DRAWN)).round().astype(int)]
    mask = scene.mask(instruction).astype(np.float32)
    return _draw(scene, "truth", STATUS[instruction.match], float(instruction.match > 0), mask, some)


def _draw(
    scene: Scene, text: str, status: str, presence: float, probability: np.ndarray, grasps: Sequence[PlanarGrasp]
) -> np.ndarray:
    """Enlarge the image to WIDTH and draw over it; ``probability`` (h, w) and ``grasps`` in map pixels."""
    scale, ratio = WIDTH / scene.image.shape[1], WIDTH / probability.shape[1]
    picture = cv2.resize(scene.image[..., :3], None, fx=scale, fy=scale)
    mask = cv2.resize(probability, picture.shape[1::-1]) > 0.5
    enlarged = [grasp.scaled(ratio, ratio, ratio / 2 - 0.5, ratio / 2 - 0.5) for grasp in grasps]
    return draw(picture, Detection(text, status, presence, mask, enlarged))
