"""The paper's losses (LGGD, section III-G).

Where the paper is silent: sums and averages run over the whole batch; grasps are compared in their own ranges, after
sigmoid and tanh; for the coarse maps the truth is averaged down, where a half covered cell weighs half-way, and lies
inside the mask from more than a half on.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lggd_ros.network import activate
from lggd_ros.network.layers import grid

FOREGROUND_WEIGHT = 1.5
COARSE_WEIGHT = 0.5


def mask_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """Weighted binary cross-entropy of logits (P, h, w) against a mask in [0, 1], over the sum of weights."""
    weight = 1 + (FOREGROUND_WEIGHT - 1) * mask
    return F.binary_cross_entropy_with_logits(logits.float(), mask, weight, reduction="sum") / weight.sum()


def grasp_loss(logits: Tensor, maps: Tensor, mask: Tensor) -> Tensor:
    """Smooth L1 on quality, sin 2θ, cos 2θ and width over the pixels inside the mask.

    ``logits`` (P, 5, h, w), the mask's first; ``maps`` (P, 4, h, w); ``mask`` (P, h, w). 0 where no mask has a pixel.
    """
    inside = mask > 0.5
    predicted = activate(logits.permute(0, 2, 3, 1)[inside].float()[..., None, None])[:, 1:, 0, 0]
    truth = maps.permute(0, 2, 3, 1)[inside]
    return F.smooth_l1_loss(predicted, truth, reduction="sum") / max(truth.numel(), 1)


def map_losses(logits: Tensor, maps: Tensor, mask: Tensor, graspable: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Mask and grasp loss of logit maps (P, 5, h, w); the truth is averaged down to their resolution."""
    graspable = mask if graspable is None else graspable
    if grid(logits) != grid(mask):
        mask, maps, graspable = (F.adaptive_avg_pool2d(x, grid(logits)) for x in (mask, maps, graspable))
    return mask_loss(logits[:, 0], mask), grasp_loss(logits, maps, graspable)


def lggd_losses(
    coarse: Tensor, refined: Tensor, maps: Tensor, mask: Tensor, graspable: Tensor | None = None
) -> dict[str, Tensor]:
    """The paper's terms by name; the loss is their sum. Logits as in ``Output``; truth (P, 4, h, w) and (P, h, w).

    ``graspable`` (P, h, w): where grasps are asked for, by default inside the mask.
    """
    mask_refined, grasp_refined = map_losses(refined, maps, mask, graspable)
    mask_coarse, grasp_coarse = map_losses(coarse, maps, mask, graspable)
    return {
        "mask": mask_refined + COARSE_WEIGHT * mask_coarse,
        "grasp": grasp_refined + COARSE_WEIGHT * grasp_coarse,
    }


def total(losses: dict[str, Tensor]) -> Tensor:
    """Sum of all terms."""
    return torch.stack(list(losses.values())).sum()
