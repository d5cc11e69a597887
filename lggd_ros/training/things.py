"""Losses over the cells of a grid and over the things that they show."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lggd_ros.training.losses import mask_loss


def named_loss(logits: Tensor, planes: Tensor, shown: Tensor, size: tuple[int, int]) -> Tensor:
    """Which of the N cells of a grid, and which things, are on masks (P, h, w)?

    Logits (P, N), and which thing is ``shown`` in the middle of a cell (P, N), 0 = none.
    """
    shares = F.adaptive_avg_pool2d(planes.float(), size).flatten(1)
    return mask_loss(logits, shares) + thing_loss(logits, middles(planes, size), shown)


def thing_loss(logits: Tensor, named: Tensor, shown: Tensor) -> Tensor:
    """Cross-entropy of every thing's mean logit: is it ``named``? All count the same, however many cells they cover.

    All (P, N), of the middles of cells; 0 where nothing is shown.
    """
    count, yes, total = (
        logits.new_zeros(len(logits), 256, dtype=torch.float).scatter_add(1, shown.long(), values.float())
        for values in (torch.ones_like(logits), named, logits)
    )
    there = count > 0
    there[:, 0] = False
    mean, truth = total[there] / count[there], yes[there] / count[there]
    return F.binary_cross_entropy_with_logits(mean, truth, reduction="sum") / max(len(mean), 1)


def middles(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """Planes (P, h, w) -> their values in the middle of the N cells of a grid (P, N)."""
    step = planes.shape[1] // size[0]
    return planes[:, step // 2 :: step, step // 2 :: step].flatten(1)
