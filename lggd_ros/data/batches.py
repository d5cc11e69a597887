"""Scenes -> tensors: a batch is a few images with several instructions each, so that an image is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lggd_ros.data.draws import Draws, Place
from lggd_ros.data.scene import Instruction, Scene
from lggd_ros.network import clip
from lggd_ros.network.holding import HOLDS
from lggd_ros.network.referring import SENSES

UNTOLD = -1


class Batch(NamedTuple):
    """B images and P pairs of image and instruction.

    ``image`` (B, C, H, W) uint8 as in ``Scene``; ``maps`` (B, 4, h, w) float32; ``instances`` and ``parts`` (B, h, w)
    uint8, the latter as ``part_map``. Per pair: ``image_of`` (P,), its image's position, ``tokens`` (P, L), ``mask``
    (P, h, w) float32, ``asked`` (P,) index into ``HOLDS``, ``match`` (P,) index into ``scene.MATCHES``;
    ``candidates`` and ``anchors`` (P, h, w) bool and ``sense`` (P,), index into ``referring.SENSES``, UNTOLD where the
    data do not tell those three. Labels: the S different ones of all instances as ``label_tokens`` (S, L),
    ``label_question`` (S,), what each answers (its position in ``Scene.labels``: kind, colour, …), and ``labels``
    (B, N, S) bool, which hold of an instance. ``extents`` (B, N) metres, 0 where the data do not tell, and ``laid``
    (B, N) bool, which lie on another thing. ``held`` (B, N, H) bool: by which of ``HOLDS`` an instance can be held, the
    first of them true where that is told. L is the length of the longest sentence.
    """

    image: Tensor
    maps: Tensor
    instances: Tensor
    parts: Tensor
    image_of: Tensor
    tokens: Tensor
    mask: Tensor
    asked: Tensor
    match: Tensor
    candidates: Tensor
    anchors: Tensor
    sense: Tensor
    label_tokens: Tensor
    label_question: Tensor
    labels: Tensor
    extents: Tensor
    laid: Tensor
    held: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in self))


def collate(pairs: Sequence[tuple[Scene, Sequence[Instruction]]], context_length: int) -> Batch:
    """Scenes with the instructions to train on -> one batch."""
    named = (enumerate(its) for scene, _ in pairs for its in scene.labels.values())
    questions = {label: k for its in named for k, label in its if label}
    labels = sorted(questions)
    flat = [(index, scene, i) for index, (scene, chosen) in enumerate(pairs) for i in chosen]
    return Batch(
        image=torch.from_numpy(np.stack([scene.image for scene, _ in pairs])).permute(0, 3, 1, 2).contiguous(),
        maps=torch.from_numpy(np.stack([scene.maps for scene, _ in pairs])).float(),
        instances=torch.from_numpy(np.stack([scene.instances for scene, _ in pairs])),
        parts=torch.from_numpy(np.stack([_part_map(scene) for scene, _ in pairs])),
        image_of=torch.tensor([index for index, _, _ in flat]),
        tokens=_tokens([i.text for _, _, i in flat], context_length),
        mask=_planes([scene.mask(i) for _, scene, i in flat]).float(),
        asked=torch.tensor([HOLDS.index(i.part) for _, _, i in flat]),
        match=torch.tensor([i.match for _, _, i in flat]),
        candidates=_planes([scene.cover(i.candidates) for _, scene, i in flat]),
        anchors=_planes([scene.cover(i.anchors) for _, scene, i in flat]),
        sense=torch.tensor([UNTOLD if i.sense is None else SENSES.index(i.sense) for _, _, i in flat]),
        label_tokens=_tokens(labels, context_length),
        label_question=torch.tensor([questions[label] for label in labels], dtype=torch.int64),
        labels=_table([scene.labels for scene, _ in pairs], labels),
        extents=_told([scene.extents for scene, _ in pairs]),
        laid=_told([dict.fromkeys(scene.laid, 1.0) for scene, _ in pairs]) > 0,
        held=_table([{k: ("", *its) for k, its in scene.held.items()} for scene, _ in pairs], HOLDS),
    )


def _part_map(scene: Scene) -> np.ndarray:
    return scene.part_map if scene.part_map.size else np.zeros_like(scene.instances)


def _table(scenes: Sequence[Mapping[int, Sequence[str]]], names: Sequence[str]) -> Tensor:
    """(B, N, S) bool: which names are true of an instance."""
    position = {name: k for k, name in enumerate(names)}
    table = torch.zeros(len(scenes), 1 + max(max(its, default=0) for its in scenes), len(names), dtype=torch.bool)
    for scene, told in enumerate(scenes):
        for instance, its in told.items():
            table[scene, instance, [position[name] for name in its if name in position]] = True
    return table


def _told(scenes: Sequence[Mapping[int, float]]) -> Tensor:
    """(B, N): what is told of instances, 0 where nothing is."""
    table = torch.zeros(len(scenes), 1 + max(max(its, default=0) for its in scenes))
    for scene, its in enumerate(scenes):
        for instance, value in its.items():
            table[scene, instance] = value
    return table


def told_of(table: Tensor, ids: Tensor) -> Tensor:
    """What a table (B, N, …) of a batch tells of instances (B, K), as (B, K, …): nothing where it does not reach."""
    images = torch.arange(len(ids), device=ids.device)[:, None]
    return table[images, ids.where(ids < table.shape[1], 0)]


def _planes(planes: Sequence[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(planes)) if planes else torch.zeros(0)


def _tokens(texts: Sequence[str], context_length: int) -> Tensor:
    """(P, L) int64, L that of the longest."""
    if not texts:
        return torch.zeros(0, 0, dtype=torch.int64)
    return pad_sequence([_trimmed(text, context_length) for text in texts], batch_first=True)


@lru_cache(maxsize=100_000)
def _trimmed(text: str, context_length: int) -> Tensor:
    tokens = clip.tokenize([text], context_length)[0]
    return tokens[tokens != 0]


@dataclass(frozen=True)
class BatchStream:
    """Endless training batches; the batch of a step depends on ``seed`` and the step alone.

    So a resumed run sees the batches that it would have seen, and ``world`` processes share what one would have.
    """

    scenes: Sequence[Scene]
    draws: Draws
    augment: Callable[[Scene, np.random.Generator], Scene]
    images: int
    context_length: int
    seed: int = 0

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """This process's share, ``images`` scenes, of the batch of ``step``."""
        places = self.draws.places(step, self.images * world)
        mine = range(rank * self.images, (rank + 1) * self.images)
        return collate([self._pair(places[k], [self.seed, step, k]) for k in mine], self.context_length)

    def _pair(self, place: Place, seed: list[int]) -> tuple[Scene, list[Instruction]]:
        rng = np.random.default_rng(seed)
        scene = self.augment(self.scenes[place.scene], rng)
        return scene, [scene.instructions[pick] for pick in self.draws.picks(place, scene.instructions, rng)]
