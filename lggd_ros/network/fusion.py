"""DCVLF, dual cross vision-language fusion (LGGD, section III-C)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences
from lggd_ros.network.layers import attend, grid, resize
from lggd_ros.network.referring import Referral, Referring


class Fused(NamedTuple):
    """``features`` (B, C, h, w), and how the sentences were understood where the network says so."""

    features: Tensor
    referral: Referral | None = None


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


class SentenceProduct(nn.Module):
    """The sentence meets every cell at once: their product, channel by channel, in a space that they share.

    Not in the paper, but in its relatives CRIS and CROG. What attention over words has to discover, a product shows.
    The sentence itself is told to all cells, too: "leftmost" is a property of none of them. Small things, of which a
    cell shows little, are seen by finer features, ``skip_width`` channels of them.
    """

    def __init__(self, width: int, skip_width: int, sentence_width: int) -> None:
        super().__init__()
        self.visual = nn.Linear(width, sentence_width)
        self.fine = nn.Conv2d(skip_width, sentence_width, 1)
        self.sentence = nn.Linear(sentence_width, sentence_width)
        self.out = nn.Linear(sentence_width, width)
        self.tell = nn.Linear(sentence_width, width)
        nn.init.zeros_(self.tell.weight)

    def see(self, tokens: Tensor, size: tuple[int, int], finer: Tensor) -> Tensor:
        """Tokens (B, h*w, C) of a grid of ``size``, and finer features (B, S, H, W) -> unit features in that space
        (B, E, H, W)."""
        coarse = self.visual(tokens).transpose(1, 2).unflatten(2, size)
        return F.normalize(resize(coarse, grid(finer)) + self.fine(finer), dim=1)

    def forward(self, cells: Tensor, said: Tensor, sentence: Tensor) -> Tensor:
        """Cells (B, N, E) and what is said (B, E) in that space, and the sentence (B, E) -> (B, N, C)."""
        cell, said = F.normalize(cells, dim=-1), F.normalize(said, dim=-1)
        return self.out(cell * said[:, None].to(cell.dtype) * cell.shape[-1]) + self.tell(sentence)[:, None]


class DCVLF(nn.Module):
    """Vision asks words and words ask vision, side by side; both are joined on the grid.

    The paper concatenates the two paths although one has a token per cell and the other one per word. Here the words
    return to the grid along the first path's attention: each cell receives the updated words that it attended to,
    weighted as it attended. Positions are added once more to the joined grid, because relations ("left of") are decided
    there. Padding is hidden from the image, and the sentence takes no part. Two additions of ours, off in ``rn50``:
    ``sentence_product`` adds the sentence's product with the tokens, and ``referring`` says which of several is meant.
    """

    positions: Tensor

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        width, heads, hidden = config.fusion_width, config.fusion_heads, config.fusion_hidden
        self.product = (
            SentenceProduct(width, config.skip_widths[1], config.embed_dim) if config.sentence_product else None
        )
        self.referring = Referring(config) if config.referring else None
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

    def forward(self, tokens: Tensor, cells: Tensor | None, sentences: Sentences, size: tuple[int, int]) -> Fused:
        """Tokens (B, h*w, width) of ``look``, sentences (B) and size (h, w); for the product also what the cells show
        in the space that it shares with sentences (B, h*w, E)."""
        words = self.words(sentences.words)
        seeing, weights = self.vision_over_words(tokens, words, sentences.padding[:, None, None])
        seeing = self.vision_feed_forward(seeing)
        reading = self.words_feed_forward(self.words_over_vision(words, tokens)[0])
        joined = self.join(torch.cat([seeing, weights.to(reading.dtype) @ reading], -1))
        told, referral = torch.zeros_like(joined[:1, :1]), None
        if self.product is not None:
            assert cells is not None  # as every view of a network with a product has them
            said = self.product.sentence(sentences.sentence)
            joined = joined + self.product(cells, said, sentences.sentence)
            if self.referring is not None:
                told, referral = self.referring(tokens, cells, said, sentences)
        fused = joined + self.positions.to(joined.dtype)
        for block in self.joint:
            fused = block(fused)
        fused = fused + told
        return Fused(fused.transpose(1, 2).unflatten(2, size), referral)


def grid_positions(height: int, width: int, channels: int) -> Tensor:
    """2-D sinusoidal positions (height*width, channels): a quarter each of sin and cos of row and column."""
    rates = torch.exp(torch.arange(channels // 4) * (-math.log(1e4) / (channels // 4)))
    rows = (torch.arange(height)[:, None] * rates)[:, None].expand(-1, width, -1)
    columns = (torch.arange(width)[:, None] * rates)[None].expand(height, -1, -1)
    return torch.cat([rows.sin(), rows.cos(), columns.sin(), columns.cos()], -1).flatten(0, 1)
