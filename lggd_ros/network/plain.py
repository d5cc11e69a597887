"""Plain counterparts of LGGD's four parts, for the paper's ablation (LGGD, section IV, table of the ablation).

The paper adds DCVLF, LMAFN, RM and LDCH one after the other and does not say what stands in the place of those that are
missing. Here that is the least which keeps the network whole: the same inputs and outputs, but neither attention nor
gates, and the sentence is heard once, where it meets the image. ``LGGDConfig.parts`` chooses.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.heads import MAPS, UNLIKELY
from lggd_ros.network.layers import ConvBlock, grid, resize


class PlainFusion(nn.Module):
    """For DCVLF: the sentence, repeated over the grid, and the image's cells through a 1x1 convolution; words are not
    read."""

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        width = config.fusion_width
        self.visual = nn.Linear(config.embed_dim, width)
        self.join = nn.Sequential(nn.Linear(width + config.embed_dim, width), nn.ReLU(inplace=True))

    def look(self, x: Tensor) -> Tensor:
        """Features (B, C, h, w) -> tokens (B, h*w, width)."""
        return self.visual(x.flatten(2).transpose(1, 2))

    def forward(self, tokens: Tensor, sentences: Sentences, size: tuple[int, int]) -> Tensor:
        """As ``DCVLF``: tokens (B, h*w, width), sentences (B) and size (h, w) -> (B, width, h, w)."""
        said = sentences.sentence[:, None].expand(-1, tokens.shape[1], -1).to(tokens.dtype)
        return self.join(torch.cat([tokens, said], -1)).transpose(1, 2).unflatten(2, size)


class PlainUpsampling(nn.Module):
    """For LMAFN: deep features, upsampled, and the skip through a convolution block."""

    def __init__(self, deep: int, skip: int, channels_out: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(deep, channels_out, 1)
        self.out = ConvBlock(channels_out + skip, channels_out)

    def forward(self, deep: Tensor, skip: Tensor, sentence: Tensor) -> Tensor:
        """As ``LMAFN``: deep (B, C, h, w), skip (B, S, H, W) -> (B, channels_out, H, W)."""
        return self.out(torch.cat([resize(self.reduce(deep), grid(skip)), skip], 1))


class PlainHead(nn.Module):
    """For LDCH: one 3x3 convolution, the same for every sentence.

    LDCH's 1x1 convolution before it would be folded in: the two have nothing between them.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.maps = nn.Conv2d(channels, len(MAPS), 3, padding=1)
        nn.init.constant_(self.maps.bias[:1], UNLIKELY)  # type: ignore[index]

    def forward(self, x: Tensor, sentence: Tensor) -> Tensor:
        """As ``LDCH``: features (B, C, h, w) -> coarse logit maps (B, 5, h, w)."""
        return self.maps(x)


class PlainRefinement(nn.Module):
    """For RM: the coarse logits at twice their size, nothing added."""

    def forward(self, coarse: Tensor, edges: Tensor) -> Tensor:
        """As ``Refinement``: coarse logits (B, 5, h, w) -> (B, 5, 2h, 2w)."""
        height, width = grid(coarse)
        return resize(coarse, (2 * height, 2 * width))
