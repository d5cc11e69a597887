"""LDCH, the language-conditioned dynamic convolution head (LGGD, section III-E), and the match head."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network.layers import MLP, grid

MAPS = ("mask", "quality", "sin2", "cos2", "width")
ANSWERED = (*MAPS, "thing")
UNLIKELY = -2.0  # the mask's first logit: most pixels are not the object


class LDCH(nn.Module):
    """Five maps, each from its own bank of K expert kernels that the sentence mixes.

    A 1x1 convolution widens the features into one slice per map. Being linear, it is folded into the mixed kernels,
    which gives the same maps without ever computing the wide features. Where the paper is silent: K = 4 kernels of 3x3
    at a quarter of the image's resolution, one mixture for all five maps, and a mask that starts out unlikely.
    """

    def __init__(self, channels: int, sentence: int, width: int, experts: int) -> None:
        super().__init__()
        self.widen = nn.Parameter(torch.randn(len(MAPS), width, channels) * (1 / channels) ** 0.5)
        self.gate = MLP(sentence, sentence // 2, experts)
        self.kernels = nn.Parameter(torch.randn(experts, len(MAPS), width, 3, 3) * (2 / (9 * width)) ** 0.5)
        self.biases = nn.Parameter(torch.zeros(experts, len(MAPS)))
        nn.init.constant_(self.biases[:, 0], UNLIKELY)

    def forward(self, x: Tensor, sentence: Tensor) -> Tensor:
        """Features (B, C, h, w), sentence (B, E) -> coarse logit maps (B, 5, h, w).

        Every sample has kernels of its own, a grouped convolution with groups = B. Computed as one matrix product per
        sample for all nine taps, which ``fold`` then shifts and adds: the same sums, twice as fast to train on a CPU.
        """
        weights = self.gate(sentence).softmax(-1)
        kernels = torch.einsum("bk,kmwij,mwc->bmijc", weights, self.kernels, self.widen).flip(2, 3).flatten(1, 3)
        taps = kernels.to(x.dtype) @ x.flatten(2)
        return F.fold(taps, grid(x), 3, padding=1) + (weights @ self.biases)[..., None, None]


class MatchHead(nn.Module):
    """Does the sentence match none, one or several of the things in view? Not in the paper."""

    def __init__(self, clues: int, sentence: int, hidden: int) -> None:
        super().__init__()
        self.mlp = MLP(clues + sentence, hidden, 3)

    def forward(self, clues: Tensor, sentence: Tensor) -> Tensor:
        """Clues (B, C), sentence (B, E) -> logits (B, 3); presence = 1 - P(none)."""
        return self.mlp(torch.cat([clues.to(sentence.dtype), sentence], -1))
