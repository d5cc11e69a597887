"""Which of the things that the words fit is meant: ranks ("second from the left") and relations ("behind the mug").

Not in the paper. Attention learns names and colours, but stays at chance on "leftmost": to count what lies before a
thing is a computation that it does not come upon. Here it is written out, in parts that can be differentiated, and
learnt are the terms of it: which things the sentence's noun phrase fits, which its anchors', and what it asks for.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.layers import MLP, grid
from lggd_ros.network.things import Things

ORDERS = ("left", "right", "front", "behind", "large", "small")
RANKS = 3
EVIDENCE = 9
PLACES = ("left", "right", "front", "behind", "near", "on", "between")
SENSES = ("", *(f"{order} {rank}" for order in ORDERS for rank in range(RANKS)), "nearest", *PLACES)
MARGIN = 0.5  # cells by which one thing comes before another
SIZES = 6.0  # cells that a factor e in size counts
SHARPNESS = 4.0
LEAST = 1e-3  # probability
SUREST = 1e-6  # a logarithm of probability that counts as 0
PEAK = 2.0  # how fast a rank's weight falls with the difference of counts


class Referral(NamedTuple):
    """How sentences are understood, P of them over K things.

    ``candidates`` and ``anchors`` (P, K): logits of what the noun phrase fits and has the part to hold, and of what a
    relation refers to.
    ``sense`` (P, S): logits over ``SENSES``. ``meant`` (P, K): probability that the sentence means a thing.
    """

    candidates: Tensor
    anchors: Tensor
    sense: Tensor
    meant: Tensor


class Referring(nn.Module):
    """Candidates, narrowed by what the sentence asks for."""

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        space = config.embed_dim
        self.phrase, self.anchor = nn.Linear(space, space), nn.Linear(space, space)
        self.words = WordQueries(config.text_width, space, 2)  # for the thing, and for its anchors
        self.scale, self.bias = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-4.0))
        self.sense = nn.Linear(space, len(SENSES))
        self.place = MLP(5, 32, len(PLACES))

    def forward(self, things: Things, sentences: Sentences, having: Tensor) -> Referral:
        """Things (P, K) and sentences, pairwise. ``having`` (P, K): how likely a thing has the part to hold."""
        candidates, anchors = self._fit(things.feature, sentences)
        candidates = both(candidates, having)
        candidate, anchor = (logits.sigmoid() * things.there for logits in (candidates, anchors))
        sense = self.sense(sentences.sentence).float()
        ranked, seen = ranks(things, candidate), displacements(things, anchor)
        place = self.place(seen.to(sentences.sentence.dtype)).sigmoid()
        related = torch.cat([nearest(seen, candidate, anchor), place], -1) * (1 - anchor)[..., None]
        truths = torch.cat([torch.ones_like(related[..., :1]), ranked, related], -1)
        meant = candidate * (truths * sense.softmax(-1)[:, None]).sum(-1)
        return Referral(candidates, anchors, sense, meant)

    def name(self, sentence: Tensor) -> Tensor:
        """Sentences (S, E) of a noun phrase alone -> unit features in the space of things."""
        return F.normalize(self.phrase(sentence).float(), dim=-1)

    def _fit(self, features: Tensor, sentences: Sentences) -> tuple[Tensor, Tensor]:
        """Logits of candidates and anchors (P, K) each: how alike thing and phrase are."""
        sentence = sentences.sentence
        phrases = torch.stack([self.phrase(sentence), self.anchor(sentence)], 1) + self.words(sentences)
        likeness = features.float() @ F.normalize(phrases.float(), dim=-1).transpose(1, 2)
        candidates, anchors = (self.scale * likeness + self.bias).unbind(-1)
        return candidates, anchors


def both(logits: Tensor, probability: Tensor) -> Tensor:
    """Logits and a probability > 0 of two independent facts -> logits that both hold, with a gradient however sure."""
    logarithm = (F.logsigmoid(logits.float()) + probability.float().log()).clamp(max=-SUREST)
    return logarithm - (-logarithm.expm1()).log()


def evidence(things: Things, referral: Referral) -> Tensor:
    """What tells whether a sentence fits none, one or several of K things (P, EVIDENCE): how many are candidates and
    meant, and how likely the best three of these and the best anchor are."""
    logits = torch.stack([referral.candidates, referral.anchors])
    candidate, anchor = (logits.sigmoid() * things.there).float()
    best = [values.topk(min(3, values.shape[1])).values for values in (candidate, referral.meant)]
    best = [F.pad(values, (0, 3 - values.shape[1])) for values in best]
    sums = torch.stack([candidate.sum(1), referral.meant.sum(1)], 1)
    return torch.cat([sums, *best, anchor.amax(1, keepdim=True)], 1)


def divided(things: Things, referral: Referral) -> Tensor:
    """How much of every cell is a thing about as likely meant as any, how much is another one, and how much is the
    likeliest (P, 3, h, w)."""
    most = referral.meant.amax(1, keepdim=True)
    among = (referral.meant / most.clamp(min=LEAST)).square()
    whose = torch.stack([among, 1 - among, (referral.meant == most).to(among)], 1).to(things.share.dtype)
    return (whose @ things.share.flatten(2)).unflatten(2, grid(things.share))


class WordQueries(nn.Module):
    """Which words tell what is to be known: for each of ``count`` such things a learnt query attends to them."""

    def __init__(self, width: int, space: int, count: int) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(count, width) * width**-0.5)
        self.key, self.value = nn.Linear(width, width), nn.Linear(width, space)
        nn.init.zeros_(self.value.weight)  # at first the sentence as a whole decides

    def forward(self, sentences: Sentences) -> Tensor:
        """Sentences (P) -> (P, count, space)."""
        scores = self.queries @ self.key(sentences.words).transpose(1, 2)
        weights = scores.masked_fill(sentences.padding[:, None], float("-inf")).softmax(-1)
        return weights @ self.value(sentences.words)


def ranks(things: Things, candidate: Tensor) -> Tensor:
    """How true each rank along each of ``ORDERS`` is of every thing among the candidates (P, K): (P, K, O * RANKS)."""
    (x, y), size = things.centre.unbind(-1), SIZES * things.size
    orders = torch.stack([-x, x, y, -y, size, -size], 1)  # what is greater comes first
    return _peaks(_sum(_before(orders), candidate), RANKS).transpose(1, 2).flatten(2)


def displacements(things: Things, anchor: Tensor) -> Tensor:
    """Where every thing is, seen from the middle of the anchors (P, K): (P, K, 5), in four cells.

    Offset to the right and down, distance, spread of the anchors, and log area of the thing.
    """
    centre = things.centre
    weight = anchor / (anchor.sum(1, keepdim=True) + 1e-3)
    offset = centre - (weight[..., None] * centre).sum(1, keepdim=True)
    distance = (offset.square().sum(-1) + 1e-6).sqrt()
    spread = (weight * distance).sum(1, keepdim=True).expand_as(distance)
    return torch.cat([offset, torch.stack([distance, spread, things.area], -1)], -1) / 4


def nearest(seen: Tensor, candidate: Tensor, anchor: Tensor) -> Tensor:
    """How true it is of every thing that no other candidate is nearer to the anchors: (P, K, 1)."""
    nearer = _sum(_before(-4 * seen[:, None, :, 2]), candidate * (1 - anchor))
    return _peaks(nearer[:, 0], 1)


def _before(order: Tensor) -> Tensor:
    """(P, O, K) -> (P, O, K, K): at [i, j], whether j comes before i."""
    return torch.sigmoid(SHARPNESS * (order[..., None, :] - order[..., :, None] - MARGIN))


def _sum(before: Tensor, weight: Tensor) -> Tensor:
    """(P, O, K, K) and weights (P, K) -> how much comes before each thing (P, O, K). No product of matrices, because
    those would be computed in half precision."""
    return (before * weight[:, None, None]).sum(-1)


def _peaks(counts: Tensor, ranks: int) -> Tensor:
    """Soft counts (…) -> (…, ranks): whether it is just 0, 1, …"""
    return torch.exp(-PEAK * (counts[..., None] - torch.arange(ranks, device=counts.device)) ** 2)
