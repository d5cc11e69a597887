"""CLIP's image and text encoders, as the decoder reads them (LGGD, section III-B).

The paper turns attention pooling into self-attention over the grid without saying how; see ``spatial_attention_pool``.
Image and sentence both leave through CLIP's projections, in the space that the two share; words do not.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from open_clip.modified_resnet import AttentionPool2d, ModifiedResNet
from open_clip.transformer import TextTransformer
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network import clip
from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.layers import attend, grid, resize
from lggd_ros.network.pretrained import load_pretrained


class Pyramid(NamedTuple):
    """Image features (B, C, h, w), finest first: stem (stride 2), x0 (4), x1 (8), x2 (16), x4 (``image_stride``)."""

    stem: Tensor
    x0: Tensor
    x1: Tensor
    x2: Tensor
    x4: Tensor


class Sentences(NamedTuple):
    """Text features: ``words`` (B, L, D), ``padding`` (B, L) True = no word, ``sentence`` (B, E), all of one length."""

    words: Tensor
    padding: Tensor
    sentence: Tensor


class ImageEncoder(nn.Module):
    """CLIP's modified ResNet; its attention pooling is kept spatial."""

    def __init__(self, tower: ModifiedResNet) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, image: Tensor) -> Pyramid:
        """Standardised image (B, C, H, W), see ``Standard`` -> features of five scales."""
        net: ModifiedResNet = self.tower
        x = net.act1(net.bn1(net.conv1(image)))
        x = net.act2(net.bn2(net.conv2(x)))
        stem = net.act3(net.bn3(net.conv3(x)))
        x0 = net.layer1(net.avgpool(stem))
        x1 = net.layer2(x0)
        x2 = net.layer3(x1)
        x3 = net.layer4(x2)
        return Pyramid(stem, x0, x1, x2, spatial_attention_pool(net.attnpool, x3))


def spatial_attention_pool(pool: AttentionPool2d, x: Tensor) -> Tensor:
    """CLIP's attention pooling as self-attention over the grid: (B, C, h, w) -> (B, E, h, w).

    Cells attend to each other and to the mean token, as in CLIP; only CLIP's query, the mean, is dropped. Attention
    alone, without a residual, would blur the grid, so each cell keeps half of its own value, the part of this layer
    that is known to be local (MaskCLIP). Positions are interpolated where the grid is not the square one of the tower.
    """
    height, width = grid(x)
    tokens = x.flatten(2).transpose(1, 2)
    tokens = torch.cat([tokens.mean(1, keepdim=True), tokens], 1) + _grid_positions(pool, height, width).to(x.dtype)
    value = pool.v_proj(tokens)
    mixed, _ = attend(pool.q_proj(tokens[:, 1:]), pool.k_proj(tokens), value, pool.num_heads)
    return pool.c_proj((mixed + value[:, 1:]) / 2).transpose(1, 2).unflatten(2, (height, width))


def _grid_positions(pool: AttentionPool2d, height: int, width: int) -> Tensor:
    """CLIP's learnt positions (1 + height*width, C): the mean token's, then the grid's."""
    mean, grid = pool.positional_embedding[:1], pool.positional_embedding[1:]
    side = int(len(grid) ** 0.5)
    square = grid.T.unflatten(1, (side, side))[None]
    return torch.cat([mean, resize(square, (height, width))[0].flatten(1).T])


class TextEncoder(nn.Module):
    """CLIP's text transformer: word features and the normalised sentence feature.

    Its length is √E instead of CLIP's 1, which gives components of unit size to the layers that read it.
    """

    def __init__(self, tower: TextTransformer) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, tokens: Tensor) -> Sentences:
        """Tokens (B, L) int64, zero-padded -> words, padding, sentence."""
        pooled, words = self.tower(tokens)
        sentence = F.normalize(pooled.float(), dim=-1) * pooled.shape[-1] ** 0.5
        return Sentences(words, tokens == 0, sentence.to(self.tower.positional_embedding.dtype))


def build_encoders(config: LGGDConfig) -> tuple[ImageEncoder, TextEncoder]:
    """Both encoders, with pretrained weights where the configuration names some."""
    image, text = clip.image_tower(config), clip.text_tower(config)
    if config.pretrained is not None:
        load_pretrained(config, image, text)
    return ImageEncoder(image), TextEncoder(text)
