"""Which samples a training step sees: by chance, or in epochs. Both depend on the seed and the step alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np

from lggd_ros.data.scene import Instruction


class Place(NamedTuple):
    """A scene of a batch; in an epoch, and which group of its instructions."""

    scene: int
    epoch: int = 0
    group: int = 0


class Draws(Protocol):
    """Scenes for the batch of a step, and instructions of each."""

    def places(self, step: int, total: int) -> list[Place]:
        """The ``total`` scenes of a step's batch, over all processes."""

    def picks(self, place: Place, instructions: Sequence[Instruction], rng: np.random.Generator) -> Sequence[int]:
        """Which of the instructions of that scene."""


@dataclass(frozen=True)
class RandomDraws:
    """Any of ``scenes`` scenes and ``instructions`` of its instructions.

    ``emphasis``: how much more often than others an instruction of a type is drawn. ``weights``: how often every scene
    is, all equally without.
    """

    scenes: int
    instructions: int
    seed: int = 0
    emphasis: Mapping[str, float] = field(default_factory=dict)
    weights: np.ndarray | None = None

    def places(self, step: int, total: int) -> list[Place]:
        """Without repetition where there are enough scenes."""
        rng = np.random.default_rng([self.seed, step])
        chance = None if self.weights is None else self.weights / self.weights.sum()
        return [Place(int(scene)) for scene in rng.choice(self.scenes, total, replace=total > self.scenes, p=chance)]

    def picks(self, place: Place, instructions: Sequence[Instruction], rng: np.random.Generator) -> Sequence[int]:
        """Without repetition where there are enough instructions."""
        count = len(instructions)
        weight = np.array([self.emphasis.get(instruction.type, 1.0) for instruction in instructions])
        share = weight / weight.sum()
        return rng.choice(count, self.instructions, replace=count < self.instructions, p=share).tolist()


class EpochDraws:
    """Every sample once per epoch: the samples of a scene, shuffled, in groups of up to ``instructions``; its length.

    An epoch's order is its own. The last batch of an epoch is filled up with the first groups of the next one.
    """

    def __init__(self, samples: Sequence[int], instructions: int, seed: int = 0) -> None:
        groups = -(-np.asarray(samples) // instructions)
        self._scene = np.repeat(np.arange(len(groups)), groups)
        self._group = np.arange(len(self._scene)) - np.repeat(np.cumsum(groups) - groups, groups)
        self._instructions, self._seed = instructions, seed

    def __len__(self) -> int:
        return len(self._scene)

    def places(self, step: int, total: int) -> list[Place]:
        """The next ``total`` groups."""
        return [self._place(position) for position in range(step * total, (step + 1) * total)]

    def picks(self, place: Place, instructions: Sequence[Instruction], rng: np.random.Generator) -> Sequence[int]:
        """The group's; the groups of an epoch do not overlap."""
        order = np.random.default_rng([self._seed, place.epoch, place.scene]).permutation(len(instructions))
        start = place.group * self._instructions
        return order[start : start + self._instructions].tolist()

    def _place(self, position: int) -> Place:
        epoch, k = divmod(position, len(self))
        group = _order(self._seed, epoch, len(self))[k]
        return Place(int(self._scene[group]), epoch, int(self._group[group]))


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(count)
