"""RM, the refinement module (LGGD, section III-F)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network.heads import MAPS
from lggd_ros.network.layers import ConvBlock, grid, resize


class UNet(nn.Module):
    """Four convolution blocks with max-pooling down, mirrored with bilinear up-sampling and skips.

    Where the paper is silent: one convolution per block, and a last layer that starts at zero, so that training starts
    from the coarse maps.
    """

    def __init__(self, channels_in: int, widths: tuple[int, int, int, int], channels_out: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(ConvBlock(a, b) for a, b in zip((channels_in, *widths), widths, strict=False))
        deep_first = widths[::-1]
        self.up = nn.ModuleList(ConvBlock(a + b, b) for a, b in zip(deep_first, deep_first[1:], strict=False))
        self.out = nn.Conv2d(widths[0], channels_out, 1)
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels_in, h, w) -> (B, channels_out, h, w); zero before any training."""
        skips: list[Tensor] = []
        for block in self.down:
            x = block(F.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        for block, skip in zip(self.up, skips[-2::-1], strict=True):
            x = block(torch.cat([resize(x, grid(skip)), skip], 1))
        return self.out(x)


class Refinement(nn.Module):
    """Residuals to the coarse logits from two U-Nets, one for the mask and one for the four grasp maps.

    The paper does not name their inputs. Coarse logits alone carry no edge finer than the head's scale, so both also
    read the image's stem features. They work at the head's scale and answer in sub-pixels: four residuals per cell,
    shuffled to twice its resolution, which costs a fraction of convolutions at full resolution.
    """

    def __init__(self, edges: int, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.mask = UNet(len(MAPS) + edges, widths, 4)
        self.grasp = UNet(len(MAPS) + edges, widths, 4 * (len(MAPS) - 1))

    def forward(self, coarse: Tensor, edges: Tensor) -> Tensor:
        """Coarse logits (B, 5, h, w), edges (B, C, h, w) -> refined logits (B, 5, 2h, 2w)."""
        x = torch.cat([coarse, edges], 1)
        residual = F.pixel_shuffle(torch.cat([self.mask(x), self.grasp(x)], 1), 2)
        return resize(coarse, grid(residual)) + residual
