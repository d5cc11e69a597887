"""The blocks that every part is built from (LGGD, section III)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lggd_ros.network.clip import MEAN, STD

RELIEF_MEAN, RELIEF_STD = 0.15, 0.1  # of levels in [0, 1]: the table, and things of a few centimetres


class ConvBlock(nn.Sequential):
    """3x3 (or k x k) convolution, batch normalisation, ReLU."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        )


class MLP(nn.Sequential):
    """Two linear layers with LeakyReLU between, the form in which the paper reads the sentence; the slope is ours."""

    def __init__(self, channels_in: int, hidden: int, channels_out: int) -> None:
        super().__init__(nn.Linear(channels_in, hidden), nn.LeakyReLU(0.1), nn.Linear(hidden, channels_out))


class Standard(nn.Module):
    """Images as networks like them: by CLIP's colour statistics, relief by those of things on a table."""

    mean: Tensor
    std: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        for name, values in (("mean", (*MEAN, RELIEF_MEAN)), ("std", (*STD, RELIEF_STD))):
            self.register_buffer(name, torch.tensor(values[:channels]).view(1, channels, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) in [0, 1] -> about 0, of about unit size."""
        return (image - self.mean) / self.std


def grid(x: Tensor) -> tuple[int, int]:
    """Height and width of features (…, h, w)."""
    return int(x.shape[-2]), int(x.shape[-1])


def resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear to ``size`` (h, w); unchanged where it already has it."""
    return x if grid(x) == size else nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=False)


def attend(
    query: Tensor, key: Tensor, value: Tensor, heads: int, hidden: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Multi-head scaled dot-product attention, blind where ``hidden`` (bool, as (B, heads, N, M)) is True.

    Query (B, N, C), key and value (B, M, C) -> mixed values (B, N, C) and weights (B, heads, N, M). Written out,
    because torch's fused kernel takes twice as long to train on a CPU at these lengths.
    """
    query, key, value = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value))
    scores = (query / math.sqrt(query.shape[-1])) @ key.transpose(-1, -2)
    if hidden is not None:
        scores = scores.masked_fill(hidden, float("-inf"))
    weights = scores.softmax(-1)
    return (weights @ value).transpose(1, 2).flatten(2), weights
