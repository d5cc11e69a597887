"""What the network sees, for people: validation scenes with mask and best grasps drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from lggd_ros.data.scene import Instruction, Scene
from lggd_ros.detector import ABSENT, AMBIGUOUS, FOUND, Detection
from lggd_ros.grasps.maps import GraspMaps, decode
from lggd_ros.network import LGGD
from lggd_ros.overlay import draw
from lggd_ros.training.evaluate import answer

COLUMNS, ROWS, WIDTH = 4, 4, 512


def save_examples(path: Path, network: LGGD, scenes: Sequence[Scene]) -> None:
    """A sheet of scenes, one instruction each, taking turns through their instructions."""
    chosen = [(s, s.instructions[k % len(s.instructions)]) for k, s in enumerate(scenes) if s.instructions]
    tiles = [draw_answer(network, scene, instruction) for scene, instruction in chosen[: COLUMNS * ROWS]]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
    sheet = np.vstack([np.hstack(tiles[k : k + COLUMNS]) for k in range(0, len(tiles), COLUMNS)])
    cv2.imwrite(str(path), sheet[..., ::-1])


def draw_answer(network: LGGD, scene: Scene, instruction: Instruction) -> np.ndarray:
    """The scene's image enlarged, with the network's answer to one instruction drawn in, RGB."""
    output = answer(network, scene, [instruction.text])
    maps = output.maps[0].float().cpu().numpy()
    ratio = WIDTH / maps.shape[2]
    grasps = decode(GraspMaps(*maps[1:]), maps[0] > 0.5, 3, network.config.opening_scale)
    picture = cv2.resize(scene.image, None, fx=WIDTH / scene.image.shape[1], fy=WIDTH / scene.image.shape[1])
    detection = Detection(
        text=f"{instruction.text} <{instruction.type}>",
        status=(ABSENT, FOUND, AMBIGUOUS)[int(output.match[0].argmax())],
        presence=float(output.presence[0]),
        mask=cv2.resize(maps[0], picture.shape[1::-1]) > 0.5,
        grasps=[grasp.scaled(ratio, ratio, ratio / 2 - 0.5, ratio / 2 - 0.5) for grasp in grasps],
    )
    return draw(picture, detection)
