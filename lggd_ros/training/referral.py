"""Losses of what ``network.referring`` works with: layout, candidates, anchors, what is asked for and what is meant."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lggd_ros.data.batches import UNTOLD, Batch
from lggd_ros.network.referring import Layout, Referral
from lggd_ros.training.things import middles, named_loss

LAYOUT_WEIGHT = 0.3
LEAST = 1e-4  # probability


def referral_losses(referral: Referral, batch: Batch, size: tuple[int, int]) -> dict[str, Tensor]:
    """Loss terms by name; ``size`` is the grid's. What the data do not tell is not asked."""
    layout, shown = true_layout(batch.instances, size)
    image = batch.image_of
    shown, layout = shown[image], Layout(layout.centre[image], layout.area[image])
    meant = referral.meant.clamp(LEAST, 1 - LEAST).logit()
    losses = {
        "layout": layout_loss(referral.layout, layout, shown > 0),
        "meant": named_loss(meant, batch.mask, shown, size),
    }
    told = batch.sense != UNTOLD
    if told.any():
        losses["sense"] = F.cross_entropy(referral.sense[told], batch.sense[told])
        losses["candidates"] = named_loss(referral.candidates[told], batch.candidates[told], shown[told], size)
        losses["anchors"] = named_loss(referral.anchors[told], batch.anchors[told], shown[told], size)
    return losses


def layout_loss(layout: Layout, truth: Layout, shows: Tensor) -> Tensor:
    """Smooth L1 of centre and log area over the cells that show a thing, ``shows`` (P, N) bool."""
    centre = F.smooth_l1_loss(layout.centre, truth.centre, reduction="none").sum(-1)
    area = F.smooth_l1_loss(layout.area, truth.area, reduction="none")
    return LAYOUT_WEIGHT * ((centre + area) * shows).sum() / shows.sum().clamp(min=1)


def true_layout(instances: Tensor, size: tuple[int, int]) -> tuple[Layout, Tensor]:
    """Instances (B, h, w) -> where the thing in the middle of every cell of a grid has its visible centre, how large it
    is, and which one it is (B, N) int64, 0 = none."""
    step = instances.shape[1] // size[0]
    pixels = instances.flatten(1).long()
    rows, columns = torch.meshgrid(*(torch.arange(n, device=pixels.device) for n in instances.shape[1:]), indexing="ij")
    where = (torch.stack([columns, rows], -1).flatten(0, 1) + 0.5) / step
    ones = torch.ones_like(pixels, dtype=where.dtype)
    counts = ones.new_zeros(len(pixels), 256).scatter_add(1, pixels, ones)
    sums = torch.stack([ones.new_zeros(counts.shape).scatter_add(1, pixels, ones * axis) for axis in where.unbind(-1)])
    centres = (sums / counts.clamp(min=1)).permute(1, 2, 0)
    shown = middles(instances, size).long()
    area = (counts.gather(1, shown) / step**2).clamp(min=1e-3).log()
    return Layout(centres.gather(1, shown[..., None].expand(-1, -1, 2)), area), shown
