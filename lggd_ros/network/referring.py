"""Which of the things that the words fit is meant: ranks ("second from the left") and relations ("behind the mug").

Not in the paper. Attention learns names and colours, but stays at chance on "leftmost": to count what lies before a
thing, and to count every thing once however many cells it covers, is a computation that it does not come upon. Here it
is written out, in parts that can be differentiated, and learnt are the terms of it: where every cell's thing has its
centre and how large it is, which cells the sentence's noun phrase fits, which its anchors', and what it asks for.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.layers import MLP

ORDERS = ("left", "right", "front", "behind", "large", "small")
RANKS = 3
PLACES = ("left", "right", "front", "behind", "near", "on", "between")
SENSES = ("", *(f"{order} {rank}" for order in ORDERS for rank in range(RANKS)), "nearest", *PLACES)
MARGIN = 0.5  # cells, or half a factor e in area, by which one thing comes before another
SHARPNESS = 4.0
PEAK = 2.0  # how fast a rank's weight falls with the difference of counts
LARGEST, SMALLEST = 4.0, -2.0  # log cells


class Layout(NamedTuple):
    """What is where, as every cell of the grid believes of the thing that it shows: ``centre`` (B, N, 2) as column and
    row, in cells; ``area`` (B, N), the logarithm of its size in cells."""

    centre: Tensor
    area: Tensor


class Referral(NamedTuple):
    """How sentences are understood, P of them over N cells.

    ``candidates`` and ``anchors`` (P, N): logits of what the noun phrase fits, and of what a relation refers to.
    ``sense`` (P, S): logits over ``SENSES``. ``meant`` (P, N): probability that the sentence means what a cell shows.
    """

    layout: Layout
    candidates: Tensor
    anchors: Tensor
    sense: Tensor
    meant: Tensor


class Referring(nn.Module):
    """Candidates, narrowed by what the sentence asks for."""

    cells: Tensor

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        width, space = config.fusion_width, config.embed_dim
        self.layout = MLP(width, width // 2, 3)
        self.anchor = nn.Linear(space, space)
        self.words = WordQueries(config.text_width, space)
        self.scale, self.bias = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-4.0))
        self.sense = nn.Linear(space, len(SENSES))
        self.place = MLP(5, 32, len(PLACES))
        self.tell = nn.Linear(5, width)
        rows, columns = torch.meshgrid(*(torch.arange(n) + 0.5 for n in config.grid_size), indexing="ij")
        self.register_buffer("cells", torch.stack([columns, rows], -1).flatten(0, 1), persistent=False)

    def forward(self, tokens: Tensor, cells: Tensor, said: Tensor, sentences: Sentences) -> tuple[Tensor, Referral]:
        """Tokens (P, N, C), and sentences (P); both also in a space that they share, ``cells`` (P, N, E) and ``said``
        (P, E). Returns what it tells every cell (P, N, C), and how it came to it."""
        layout = self._lay_out(tokens)
        candidates, anchors = self._fit(cells, said, sentences)
        candidate, anchor = candidates.sigmoid(), anchors.sigmoid()
        sense = self.sense(sentences.sentence).float()
        asked = sense.softmax(-1)
        once = torch.exp(-layout.area).detach()  # a cell's share of its thing
        ranked, seen = ranks(layout, candidate * once), displacements(layout, anchor)
        related = torch.cat([nearest(seen, candidate * once, anchor), self.place(seen.to(tokens.dtype)).sigmoid()], -1)
        truths = torch.cat([torch.ones_like(ranked[..., :1]), ranked, related * (1 - anchor)[..., None]], -1)
        score = (truths * asked[:, None]).sum(-1)
        meant = candidate * score
        told = torch.stack([4 * meant, candidate, anchor, score, 16 * meant * once], -1)
        return self.tell(told.to(tokens.dtype)), Referral(layout, candidates, anchors, sense, meant)

    def _lay_out(self, tokens: Tensor) -> Layout:
        shift, area = self.layout(tokens).float().split((2, 1), -1)
        return Layout(self.cells + shift, area[..., 0].clamp(SMALLEST, LARGEST))

    def _fit(self, cells: Tensor, said: Tensor, sentences: Sentences) -> tuple[Tensor, Tensor]:
        """Logits of candidates and anchors (P, N) each: how alike cell and phrase are."""
        phrases = torch.stack([said, self.anchor(sentences.sentence)], 1) + self.words(sentences)
        likeness = F.normalize(cells.float(), dim=-1) @ F.normalize(phrases.float(), dim=-1).transpose(1, 2)
        candidates, anchors = (self.scale * likeness.float() + self.bias).unbind(-1)
        return candidates, anchors


class WordQueries(nn.Module):
    """Which words name the thing, and which its anchors: two learnt queries attend to them."""

    def __init__(self, width: int, space: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(2, width) * width**-0.5)
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, space)
        nn.init.zeros_(self.value.weight)  # at first the sentence as a whole decides

    def forward(self, sentences: Sentences) -> Tensor:
        """Sentences (P) -> (P, 2, E)."""
        scores = self.queries @ self.key(sentences.words).transpose(1, 2)
        weights = scores.masked_fill(sentences.padding[:, None], float("-inf")).softmax(-1)
        return weights @ self.value(sentences.words)


def ranks(layout: Layout, weight: Tensor) -> Tensor:
    """How true each rank along each of ``ORDERS`` is of every cell's thing: (P, N, K * RANKS).

    ``weight`` (P, N): candidates, every thing of weight one over all of its cells.
    """
    (x, y), area = layout.centre.detach().unbind(-1), 2 * layout.area.detach()
    orders = torch.stack([-x, x, y, -y, area, -area], 1)  # what is greater comes first
    return _peaks(_sum(_before(orders), weight), RANKS).transpose(1, 2).flatten(2)


def displacements(layout: Layout, anchor: Tensor) -> Tensor:
    """Where every cell's thing is, seen from the middle of the anchors (P, N): (P, N, 5), in four cells.

    Offset to the right and down, distance, spread of the anchors, and log area of the thing.
    """
    centre = layout.centre.detach()
    weight = anchor / (anchor.sum(1, keepdim=True) + 1e-3)
    offset = centre - (weight[..., None] * centre).sum(1, keepdim=True)
    distance = (offset.square().sum(-1) + 1e-6).sqrt()
    spread = (weight * distance).sum(1, keepdim=True).expand_as(distance)
    return torch.cat([offset, torch.stack([distance, spread, layout.area.detach()], -1)], -1) / 4


def nearest(seen: Tensor, weight: Tensor, anchor: Tensor) -> Tensor:
    """How true it is of every cell's thing that no other candidate is nearer to the anchors: (P, N, 1)."""
    nearer = _sum(_before(-4 * seen[:, None, :, 2]), weight * (1 - anchor))
    return _peaks(nearer[:, 0], 1)


def _before(order: Tensor) -> Tensor:
    """(P, K, N) -> (P, K, N, N): at [i, j], whether j comes before i."""
    return torch.sigmoid(SHARPNESS * (order[..., None, :] - order[..., :, None] - MARGIN))


def _sum(before: Tensor, weight: Tensor) -> Tensor:
    """(P, K, N, N) and weights (P, N) -> how much comes before each cell (P, K, N). No product of matrices, because
    those would be computed in half precision."""
    return (before * weight[:, None, None]).sum(-1)


def _peaks(counts: Tensor, ranks: int) -> Tensor:
    """Soft counts (…) -> (…, ranks): whether it is just 0, 1, …"""
    return torch.exp(-PEAK * (counts[..., None] - torch.arange(ranks, device=counts.device)) ** 2)
