"""Losses of what is known of things one by one: what each is, how large, by what it can be held, and
which are of a kind."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from lggd_ros.data.batches import Batch, told_of
from lggd_ros.data.scene import KIND

CONTRAST = 14.0
SIZE_WEIGHT = 0.2


def label_loss(features: Tensor, ids: Tensor, labels: Tensor, batch: Batch) -> Tensor:
    """Things (B, K, E), which instances they are (B, K), and the batch's labels (S, E), in a common space: what is it?

    Contrastive, as CLIP's pretraining: among the batch's kinds, and among its colours, …, the right one wins. A thing
    without a label for a question is not asked.
    """
    truth = told_of(batch.labels, ids)
    known = truth.any(-1)
    truth, logits = truth[known].int(), CONTRAST * features[known].float() @ labels.float().T
    answers = [batch.label_question == number for number in range(int(batch.label_question.max()) + 1)]
    losses = [
        F.cross_entropy(logits[told][:, of], truth[told][:, of].argmax(-1), reduction="sum")
        for of in answers
        if (told := truth[:, of].any(-1)).any()
    ]
    return sum(losses, logits.sum() * 0) / max(len(truth), 1)


def size_loss(sizes: Tensor, ids: Tensor, batch: Batch) -> Tensor:
    """Sizes (B, K) of things and which instances they are (B, K): how far off is one compared with another? A picture
    alone does not tell how large a metre is."""
    extents = told_of(batch.extents, ids)
    told = (extents > 0).float()
    off = sizes.float() - extents.clamp(min=1e-3).log()
    count = told.sum(1, keepdim=True).clamp(min=1)
    off = (off - (off * told).sum(1, keepdim=True) / count) * told
    return SIZE_WEIGHT * off.abs().sum() / told.sum().clamp(min=1)


def kin_loss(logits: Tensor, ids: Tensor, batch: Batch) -> Tensor:
    """Logits (B, K, K) that two things are of a kind, and which instances they are (B, K)."""
    kinds = batch.labels[:, :, batch.label_question == KIND].float()
    its = told_of(kinds, ids)
    known = its.sum(-1) > 0
    pairs = known[:, None] & known[..., None] & ~torch.eye(ids.shape[1], dtype=torch.bool, device=ids.device)
    alike = its @ its.transpose(1, 2)
    return F.binary_cross_entropy_with_logits(
        logits.float(), alike, pairs.float(), reduction="sum"
    ) / pairs.sum().clamp(min=1)


def part_loss(logits: Tensor, ids: Tensor, batch: Batch) -> Tensor:
    """Logits (B, K, H) over ``HOLDS`` of what things have, and which instances they are (B, K)."""
    truth = told_of(batch.held, ids)
    told = truth[..., 0].float()
    loss = F.binary_cross_entropy_with_logits(logits.float(), truth.float(), reduction="none").mean(-1)
    return (loss * told).sum() / told.sum().clamp(min=1)
