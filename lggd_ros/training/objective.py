"""What a training step computes: losses of a batch, with a training aid for encoders that start from nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.data.batches import Batch
from lggd_ros.network import LGGD
from lggd_ros.network.layers import resize
from lggd_ros.network.lggd import View
from lggd_ros.training.losses import lggd_losses, mask_loss


class Alignment(nn.Module):
    """Dot product of sentence and image features, before they are fused, as a mask: words learn what they look like.

    Costs next to nothing, because the image side is computed once per image. Not part of the network.
    """

    def __init__(self, network: LGGD) -> None:
        super().__init__()
        config = network.config
        self.deep = nn.Conv2d(config.fusion_width, config.embed_dim, 1)
        self.fine = nn.Conv2d(config.skip_widths[1], config.embed_dim, 1)
        self.sentence = nn.Linear(config.embed_dim, config.embed_dim)
        self.scale = nn.Parameter(torch.tensor(10.0))
        self.bias = nn.Parameter(torch.tensor(-4.0))

    def forward(self, view: View, sentence: Tensor, index: Tensor) -> Tensor:
        """Views (B), sentences (P, E) about the images ``index`` (P,) -> mask logits (P, H/8, W/8)."""
        deep = self.deep(view.tokens.transpose(1, 2).unflatten(2, view.size))
        pixels = resize(deep, view.skips[1].shape[-2:]) + self.fine(view.skips[1])
        pixels, sentence = F.normalize(pixels, dim=1), F.normalize(self.sentence(sentence), dim=-1)
        similarity = torch.einsum("pehw,pe->phw", pixels[index], sentence)
        return self.scale * similarity + self.bias


class Objective(nn.Module):
    """Network and losses in one forward, as data-parallel training wants it."""

    def __init__(self, network: LGGD, alignment: bool) -> None:
        super().__init__()
        self.network = network
        self.alignment = Alignment(network) if alignment else None

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Loss terms of a batch."""
        view = self.network.encode_image(batch.image.float() / 255)
        sentences = self.network.encode_text(batch.tokens)
        output = self.network.decode(view.select(batch.index), sentences)
        losses = lggd_losses(output, batch.maps[batch.index], batch.mask, batch.match)
        if self.alignment is not None:
            logits = self.alignment(view, sentences.sentence, batch.index)
            losses["alignment"] = mask_loss(logits, F.adaptive_avg_pool2d(batch.mask, logits.shape[-2:]))
        return losses
