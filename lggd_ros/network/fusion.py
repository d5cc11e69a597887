"""DCVLF, dual cross vision-language fusion (LGGD, section III-C)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.layers import attend


class Attention(nn.Module):
    """Multi-head attention with residual and layer normalisation."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, memory: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Queries (B, N, C) over memory (B, M, C), blind where ``hidden`` (bool, as (B, heads, N, M)) is True.

        Returns (B, N, C) and the weights (B, N, M), averaged over heads.
        """
        mixed, weights = attend(self.query(x), self.key(memory), self.value(memory), self.heads, hidden)
        return self.norm(x + self.out(mixed)), weights.mean(1)


class FeedForward(nn.Module):
    """Position-wise two-layer network with residual and layer normalisation."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, width))
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) -> (B, N, C)."""
        return self.norm(x + self.layers(x))


class JointBlock(nn.Module):
    """Self-attention and FFN over the joined grid."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.feed_forward = FeedForward(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, C) -> (B, N, C)."""
        return self.feed_forward(self.attention(x, x)[0])


class DCVLF(nn.Module):
    """Vision asks words and words ask vision, side by side; both are joined on the grid.

    The paper concatenates the two paths although one has a token per cell and the other one per word. Here the words
    return to the grid along the first path's attention: each cell receives the updated words that it attended to,
    weighted as it attended. Positions are added once more to the joined grid, because relations ("left of") are decided
    there. Padding is hidden from the image, and the sentence takes no part.
    """

    positions: Tensor

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        width, heads, hidden = config.fusion_width, config.fusion_heads, config.fusion_hidden
        self.visual = nn.Linear(config.embed_dim, width)
        self.words = nn.Linear(config.text_width, width)
        self.self_attention = Attention(width, heads)
        self.vision_over_words = Attention(width, heads)
        self.vision_feed_forward = FeedForward(width, hidden)
        self.words_over_vision = Attention(width, heads)
        self.words_feed_forward = FeedForward(width, hidden)
        self.join = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU(inplace=True))
        self.joint = nn.ModuleList(JointBlock(width, heads, hidden) for _ in range(config.fusion_depth))
        self.register_buffer("positions", grid_positions(*config.grid_size, width), persistent=False)

    def look(self, x: Tensor) -> Tensor:
        """The part before any word: features (B, C, h, w) -> self-attended tokens (B, h*w, width)."""
        tokens = self.visual(x.flatten(2).transpose(1, 2))
        tokens = tokens + self.positions.to(tokens.dtype)
        return self.self_attention(tokens, tokens)[0]

    def forward(self, tokens: Tensor, sentences: Sentences, size: tuple[int, int]) -> Tensor:
        """Tokens (B, h*w, width) of ``look``, sentences (B) and size (h, w) -> features (B, width, h, w)."""
        words = self.words(sentences.words)
        seeing, weights = self.vision_over_words(tokens, words, sentences.padding[:, None, None])
        seeing = self.vision_feed_forward(seeing)
        reading = self.words_feed_forward(self.words_over_vision(words, tokens)[0])
        fused = self.join(torch.cat([seeing, weights.to(reading.dtype) @ reading], -1))
        fused = fused + self.positions.to(fused.dtype)
        for block in self.joint:
            fused = block(fused)
        return fused.transpose(1, 2).unflatten(2, size)


def grid_positions(height: int, width: int, channels: int) -> Tensor:
    """2-D sinusoidal positions (height*width, channels): a quarter each of sin and cos of row and column."""
    rates = torch.exp(torch.arange(channels // 4) * (-math.log(1e4) / (channels // 4)))
    rows = (torch.arange(height)[:, None] * rates)[:, None].expand(-1, width, -1)
    columns = (torch.arange(width)[:, None] * rates)[None].expand(height, -1, -1)
    return torch.cat([rows.sin(), rows.cos(), columns.sin(), columns.cos()], -1).flatten(0, 1)
