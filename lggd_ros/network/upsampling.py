"""LMAFN, language-guided multi-attention up-sampling (LGGD, section III-D)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lggd_ros.network.layers import MLP, ConvBlock, grid, resize


class LMAFN(nn.Module):
    """One scale: deep features and skip joined, modulated by the sentence, weighted per channel and per pixel.

    Where the paper is silent: deep features are reduced to ``channels_out`` before they are upsampled; the sentence is
    projected to the channels before the MLP that channel attention shares; channel attention and pixel attention (one
    weight per pixel) follow one another, and a convolution block ends the scale.
    """

    def __init__(self, deep: int, skip: int, sentence: int, channels_out: int) -> None:
        super().__init__()
        channels = channels_out + skip
        self.reduce = nn.Conv2d(deep, channels_out, 1)
        self.film = MLP(sentence, channels, 2 * channels)
        self.sentence = nn.Linear(sentence, channels)
        self.channel_attention = MLP(channels, max(channels // 4, 8), channels)
        self.pixel_attention = nn.Conv2d(channels, 1, 3, padding=1)
        self.out = ConvBlock(channels, channels_out)

    def forward(self, deep: Tensor, skip: Tensor, sentence: Tensor) -> Tensor:
        """Deep (B, C, h, w), skip (B, S, H, W), sentence (B, E) -> (B, channels_out, H, W)."""
        x = torch.cat([resize(self.reduce(deep), grid(skip)), skip], 1)
        scale, shift = self._modulation(x.mean((2, 3)), sentence)
        x = torch.addcmul(shift, x, scale)
        return self.out(x * self.pixel_attention(x).sigmoid())

    def _modulation(self, mean: Tensor, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """FiLM and channel attention in one scale and shift (B, C, 1, 1); FiLM of the mean is the mean of FiLM."""
        gamma, beta = self.film(sentence).chunk(2, 1)
        pooled = mean * (1 + gamma) + beta
        weight = (self.channel_attention(pooled) + self.channel_attention(self.sentence(sentence))).sigmoid()
        return (weight * (1 + gamma))[..., None, None].to(mean.dtype), (weight * beta)[..., None, None].to(mean.dtype)
