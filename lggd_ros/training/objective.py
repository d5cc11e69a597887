"""What a training step computes: losses of a batch, with a training aid for encoders that start from nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.data.batches import Batch
from lggd_ros.network import LGGD
from lggd_ros.network.layers import grid, resize
from lggd_ros.network.lggd import View
from lggd_ros.training.losses import lggd_losses, mask_loss

LABEL_WEIGHT = 0.2


class Alignment(nn.Module):
    """Dot products of sentence and image features before they are fused: words learn what they look like.

    A training aid, not part of the network. It costs little, because the image side is computed once per image.
    """

    def __init__(self, network: LGGD) -> None:
        super().__init__()
        config = network.config
        self.deep = nn.Conv2d(config.fusion_width, config.embed_dim, 1)
        self.fine = nn.Conv2d(config.skip_widths[1], config.embed_dim, 1)
        self.sentence = nn.Linear(config.embed_dim, config.embed_dim)
        self.scale = nn.Parameter(torch.tensor(10.0))
        self.contrast = nn.Parameter(torch.tensor(14.0))
        self.bias = nn.Parameter(torch.tensor(-4.0))

    def pixels(self, view: View) -> Tensor:
        """Views (B) -> unit features (B, E, H/8, W/8)."""
        deep = self.deep(view.tokens.transpose(1, 2).unflatten(2, view.size))
        return F.normalize(resize(deep, grid(view.skips[1])) + self.fine(view.skips[1]), dim=1)

    def mask_loss(self, pixels: Tensor, sentence: Tensor, mask: Tensor) -> Tensor:
        """Sentences (P, E), the pixels they are about (P, E, h, w), and masks (P, H, W): where is it?"""
        logits = self._logits("pehw,pe->phw", pixels, sentence)
        return mask_loss(logits, F.adaptive_avg_pool2d(mask, grid(logits)))

    def label_loss(self, pixels: Tensor, sentence: Tensor, batch: Batch) -> Tensor:
        """Pixels (B, E, h, w) and the batch's labels as sentences (S, E): what is it?

        Contrastive, as CLIP's pretraining: among the batch's kinds, and among its colours, the right one wins. Asked of
        instances' pixels only, and every instance counts the same.
        """
        step = batch.instances.shape[1] // pixels.shape[2]
        instances = batch.instances[:, step // 2 :: step, step // 2 :: step].long()
        image, row, column = torch.nonzero(
            batch.labels.any(-1).gather(1, instances.flatten(1)).view_as(instances), as_tuple=True
        )
        instance = instances[image, row, column]
        truth = batch.labels[image, instance].int()
        weight = 1 / _counts(image * batch.labels.shape[1] + instance)
        logits = (
            self.contrast * (pixels[image, :, row, column] @ F.normalize(self.sentence(sentence), dim=-1).T).float()
        )
        answers = [batch.label_question == number for number in range(int(batch.label_question.max()) + 1)]
        losses = [F.cross_entropy(logits[:, of], truth[:, of].argmax(-1), reduction="none") for of in answers]
        return LABEL_WEIGHT * (torch.stack(losses).sum(0) * weight).sum() / weight.sum().clamp(min=1)

    def _logits(self, product: str, pixels: Tensor, sentence: Tensor) -> Tensor:
        return (
            self.scale * torch.einsum(product, pixels, F.normalize(self.sentence(sentence), dim=-1)).float() + self.bias
        )


class Objective(nn.Module):
    """Network and losses in one forward, as data-parallel training wants it.

    With an ``encoder_stage``, the image encoder's batch norm keeps the statistics of that stage: the few images of a
    full step would shift every colour from step to step.
    """

    def __init__(self, network: LGGD, alignment: bool, encoder_stage: bool = False) -> None:
        super().__init__()
        self.network = network
        self.encoder_stage = encoder_stage
        self.alignment = Alignment(network) if alignment else None

    def forward(self, batch: Batch, encoders_only: bool = False) -> dict[str, Tensor]:
        """Loss terms of a batch; with ``encoders_only`` just the training aid's, at a fraction of the cost."""
        if self.encoder_stage:
            self.network.image_encoder.train(encoders_only)
        view = self.network.encode_image(batch.image.float() / 255)
        losses: dict[str, Tensor] = {}
        if self.alignment is not None:
            pixels = self.alignment.pixels(view)
            labels = self.network.encode_text(batch.label_tokens).sentence
            losses["labels"] = self.alignment.label_loss(pixels, labels, batch)
        if encoders_only:
            return losses
        sentences = self.network.encode_text(batch.tokens)
        output = self.network.decode(view.select(batch.image_of), sentences)
        losses |= lggd_losses(output, batch.maps[batch.image_of], batch.mask, batch.match)
        if self.alignment is not None:
            losses["alignment"] = self.alignment.mask_loss(pixels[batch.image_of], sentences.sentence, batch.mask)
        return losses


def _counts(group: Tensor) -> Tensor:
    """How many share each entry's value: (M,) int64 -> (M,)."""
    return group.bincount()[group]
