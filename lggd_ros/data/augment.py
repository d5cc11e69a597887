"""Augmentations that keep the language true: colours keep their names, and a mirrored left is called right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import cv2
import numpy as np

from lggd_ros.data.scene import Instruction, Scene
from lggd_ros.grasps.relief import TABLE, UNKNOWN
from lggd_ros.tabletop.language.rewording import reword

_SIDE = re.compile(r"\b(left|right)(?=most\b|\b)", re.IGNORECASE)
_SWAP = {"left": "right", "right": "left", "Left": "Right", "Right": "Left", "LEFT": "RIGHT", "RIGHT": "LEFT"}
_NO_SIDE = re.compile(  # words whose mirror image has another name, or none, and "right" where it means "just"
    r"\bright (?:angle|now|away|here|there|at|above|below|under|behind|beside|between|next|near|in front|on top)\b"
    r"|\ball right\b|\bleft ?overs?\b|clockwise|handed\b|o'clock|\b(?:north|south)?-?(?:east|west)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Augmentation:
    """Ranges of random change, relative; ``shift`` is of the image's size, ``noise`` in grey levels.

    ``mirror``: half of the scenes are mirrored, but for those whose instructions speak of clocks, winds or hands.
    ``keep``: share of its pixels that every instance must keep when the view moves, else the view stays. ``blind``:
    share of scenes whose relief is unknown. ``reword``: share of instructions with other words around, see
    ``tabletop.language.rewording``.
    """

    scale: float = 0.12
    shift: float = 0.06
    light: float = 0.25
    noise: float = 6.0
    mirror: bool = True
    keep: float = 0.8
    blind: float = 0.1
    reword: float = 0.0

    def __call__(self, scene: Scene, rng: np.random.Generator) -> Scene:
        """A random variant of the scene; its ``grasps`` and ``parts`` are dropped, its maps moved."""
        if self.mirror and rng.random() < 0.5 and not any(_NO_SIDE.search(i.text) for i in scene.instructions):
            scene = mirror(scene)
        scene = self._move(scene, rng)
        image = np.dstack([self._relight(scene.image[..., :3], rng), self._worn(scene.image[..., 3:], rng)])
        return replace(scene, image=image, instructions=self._reworded(scene.instructions, rng))

    def _reworded(self, instructions: Sequence[Instruction], rng: np.random.Generator) -> Sequence[Instruction]:
        if not self.reword:
            return instructions
        words = Random(int(rng.integers(2**63)))
        return [replace(i, text=reword(i.text, words)) if words.random() < self.reword else i for i in instructions]

    def _move(self, scene: Scene, rng: np.random.Generator) -> Scene:
        scale = 1 + rng.uniform(-self.scale, self.scale)
        moved = zoom(scene, scale, rng.uniform(-self.shift, self.shift, 2))
        before, after = (np.bincount(s.instances.ravel(), minlength=256)[1:] for s in (scene, moved))
        return moved if (after >= self.keep * scale**2 * before).all() else scene

    def _relight(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Exposure, contrast, a slight cast and sensor noise; hue stays, since colours have names."""
        gain = rng.uniform(1 - self.light, 1 + self.light) * rng.uniform(0.96, 1.04, 3)
        middle = image[::4, ::4].mean()
        contrast = rng.uniform(1 - self.light, 1 + self.light)
        curves = np.clip(((np.arange(256)[:, None] - middle) * contrast + middle) * gain, 0, 255).astype(np.uint8)
        lit = cv2.LUT(np.ascontiguousarray(image), curves[None])
        noise = _noise(rng, image.shape, rng.uniform(0, self.noise))
        return cv2.add(lit, noise, dtype=cv2.CV_8U)

    def _worn(self, relief: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Now and then no relief, else one a little higher or lower."""
        if rng.random() < self.blind:
            return np.zeros_like(relief)
        factor = rng.uniform(0.9, 1.1)
        levels = np.clip((np.arange(256) - TABLE) * factor + TABLE + rng.uniform(-2, 2), 1, 255).round()
        levels[UNKNOWN] = UNKNOWN
        return levels.astype(np.uint8)[relief]


def _noise(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> np.ndarray:
    """Grey levels (shape) int16, normally distributed."""
    cv2.setRNGSeed(int(rng.integers(2**31)))
    return cv2.randn(np.empty(shape, np.int16), np.zeros(3), np.full(3, size))


def mirror(scene: Scene) -> Scene:
    """The scene seen in a mirror, and told so."""
    maps = scene.maps[..., ::-1].copy()
    maps[1] *= -1
    return replace(
        scene,
        image=np.ascontiguousarray(scene.image[:, ::-1]),
        instances=np.ascontiguousarray(scene.instances[:, ::-1]),
        maps=maps,
        grasps={},
        parts={},
        part_map=np.ascontiguousarray(scene.part_map[:, ::-1]),
        instructions=[_swapped(i) for i in scene.instructions],
    )


def _swapped(instruction: Instruction) -> Instruction:
    sense = instruction.sense and swap_sides(instruction.sense)
    return replace(instruction, text=swap_sides(instruction.text), sense=sense)


def swap_sides(text: str) -> str:
    """left <-> right, leftmost <-> rightmost, in phrases of ``tabletop.language`` and others, small or capital."""
    return _SIDE.sub(lambda found: _SWAP[found[1]], text)


def zoom(scene: Scene, scale: float, shift: np.ndarray) -> Scene:
    """The scene scaled about the image centre, then shifted (x, y) by shares of the image's size."""
    matrix, size = _affine(scene.image, scale, shift), scene.image.shape[1::-1]
    image = cv2.warpAffine(scene.image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    matrix, size = _affine(scene.instances, scale, shift), scene.instances.shape[::-1]
    instances = cv2.warpAffine(scene.instances, matrix, size, flags=cv2.INTER_NEAREST)
    planes = scene.maps.transpose(1, 2, 0).astype(np.float32)
    maps = cv2.warpAffine(planes, matrix, size, flags=cv2.INTER_NEAREST).transpose(2, 0, 1)
    maps[3] *= scale
    part_map = scene.part_map
    if part_map.size:
        part_map = cv2.warpAffine(part_map, matrix, size, flags=cv2.INTER_NEAREST)
    return replace(
        scene,
        image=image,
        instances=instances,
        maps=maps.astype(np.float16),
        part_map=part_map,
        grasps={},
        parts={},
    )


def _affine(plane: np.ndarray, scale: float, shift: np.ndarray) -> np.ndarray:
    size = np.array(plane.shape[1::-1], float)
    centre = (size - 1) / 2
    return np.column_stack([np.eye(2) * scale, centre * (1 - scale) + shift * size])
