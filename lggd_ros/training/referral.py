"""Losses of what is known of sentences: which things they speak of."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lggd_ros.data.batches import UNTOLD, Batch
from lggd_ros.network.referring import Referral
from lggd_ros.network.things import Things
from lggd_ros.training.places import IDS

LEAST = 1e-4  # probability


def referral_losses(referral: Referral, things: Things, ids: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Loss terms by name, for pairs (P) with their things (P, K) and which instances these are (P, K). What the data do
    not tell is not asked."""
    there = things.there > 0
    meant = referral.meant.clamp(LEAST, 1 - LEAST).logit()
    losses = {"meant": named_loss(meant, named(batch.mask, batch, ids), there)}
    told = batch.sense != UNTOLD
    if told.any():
        losses["sense"] = F.cross_entropy(referral.sense[told], batch.sense[told])
        for name, planes in (("candidates", batch.candidates), ("anchors", batch.anchors)):
            truth = named(planes, batch, ids)
            losses[name] = named_loss(getattr(referral, name)[told], truth[told], there[told])
    return losses


def named_loss(logits: Tensor, truth: Tensor, there: Tensor) -> Tensor:
    """Cross-entropy over things (P, K): is it named? All that are there count the same."""
    loss = F.binary_cross_entropy_with_logits(logits.float(), truth.float(), reduction="none")
    return (loss * there).sum() / there.sum().clamp(min=1)


def named(planes: Tensor, batch: Batch, ids: Tensor) -> Tensor:
    """Whether masks (P, h, w) cover instances ``ids`` (P, K): (P, K) bool; what is no instance, 0, never."""
    shown = batch.instances.flatten(1).long()[batch.image_of]
    inside = planes.flatten(1).float()
    zeros = inside.new_zeros(len(inside), IDS)
    covered, area = (zeros.scatter_add(1, shown, values) for values in (inside, torch.ones_like(inside)))
    return (2 * covered > area).gather(1, ids) & (ids > 0)
