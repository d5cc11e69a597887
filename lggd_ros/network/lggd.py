"""LGGD assembled: one image and one instruction in; mask, grasp maps and match out (LGGD, section III).

Where the paper is silent: skips are narrowed by 1x1 convolutions; coarse maps have a quarter of the image's resolution,
refined ones half; quality and width pass a sigmoid, sin 2θ and cos 2θ a tanh. Not in the paper: the match.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network import clip
from lggd_ros.network.config import LGGDConfig
from lggd_ros.network.encoders import Sentences, build_encoders
from lggd_ros.network.fusion import DCVLF
from lggd_ros.network.heads import LDCH, MatchHead
from lggd_ros.network.layers import grid
from lggd_ros.network.plain import PlainFusion, PlainHead, PlainRefinement, PlainUpsampling
from lggd_ros.network.refinement import Refinement
from lggd_ros.network.upsampling import LMAFN

EDGE_WIDTH = 16


class View(NamedTuple):
    """What the network knows of B images before it reads a word.

    ``tokens``: (B, h*w, fusion width) on the grid ``size`` (h, w). ``skips``: features at strides 16, 8 and 4.
    ``edges``: the stem's features, folded to stride 4. In the space of the ``SentenceProduct``, and None without one:
    ``pixels`` (B, E, H/8, W/8), and their means ``cells`` (B, h*w, E).
    """

    tokens: Tensor
    size: tuple[int, int]
    skips: tuple[Tensor, Tensor, Tensor]
    edges: Tensor
    pixels: Tensor | None = None
    cells: Tensor | None = None

    def select(self, index: Tensor) -> View:
        """One view per entry of ``index`` (P,), without ``pixels``: the image that each instruction is about."""
        skips, cells = tuple(skip[index] for skip in self.skips), None if self.cells is None else self.cells[index]
        return View(self.tokens[index], self.size, skips, self.edges[index], cells=cells)  # type: ignore[arg-type]


class Output(NamedTuple):
    """Logits: ``coarse`` (B, 5, H/4, W/4) and ``refined`` (B, 5, H/2, W/2) in the order of ``heads.MAPS``.

    ``match`` (B, 3): the sentence matches none, one or several of the things in view.
    """

    coarse: Tensor
    refined: Tensor
    match: Tensor

    @property
    def maps(self) -> Tensor:
        """Refined maps in their own ranges, see ``activate``."""
        return activate(self.refined)

    @property
    def presence(self) -> Tensor:
        """(B,) probability that something in view matches."""
        return 1 - self.match.softmax(-1)[:, 0]


def activate(logits: Tensor) -> Tensor:
    """Logit maps (B, 5, h, w) -> mask, quality and width in [0, 1], sin 2θ and cos 2θ in [-1, 1]."""
    return torch.cat([logits[:, :2].sigmoid(), logits[:, 2:4].tanh(), logits[:, 4:].sigmoid()], 1)


class LGGD(nn.Module):
    """Language-guided grasp detection. ``config`` decides parts and sizes; see ``LGGDConfig``."""

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        self.config = config
        parts, sentence = config.parts, config.embed_dim
        self.image_encoder, self.text_encoder = build_encoders(config)
        self.fusion = DCVLF(config) if "dcvlf" in parts else PlainFusion(config)
        self.skips = nn.ModuleList(
            nn.Conv2d(config.image_width * scale, width, 1)
            for scale, width in zip((16, 8, 4), config.skip_widths, strict=True)
        )
        edges = nn.Conv2d(config.image_width, EDGE_WIDTH, 2, stride=2) if "rm" in parts else nn.Identity()
        self.edges: Any = edges  # torch's types know no weight of a module that may be either
        depths = (config.fusion_width, *config.decoder_widths)
        self.upsampling = nn.ModuleList(
            LMAFN(deep, skip, sentence, out) if "lmafn" in parts else PlainUpsampling(deep, skip, out)
            for deep, skip, out in zip(depths, config.skip_widths, config.decoder_widths, strict=False)
        )
        finest = config.decoder_widths[-1]
        self.head = LDCH(finest, sentence, config.head_width, config.experts) if "ldch" in parts else PlainHead(finest)
        self.match = MatchHead(config.fusion_width, sentence)
        self.refinement = Refinement(EDGE_WIDTH, config.refine_widths) if "rm" in parts else PlainRefinement()
        if config.frozen:
            self.image_encoder.requires_grad_(False)
            self.text_encoder.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> LGGD:
        """As in torch, except that frozen encoders always keep their batch-norm statistics."""
        super().train(mode)
        if self.config.frozen:
            self.image_encoder.eval()
            self.text_encoder.eval()
        return self

    def tokenize(self, texts: list[str]) -> Tensor:
        """Sentences -> tokens (B, L) on the network's device."""
        return clip.tokenize(texts, self.config.context_length).to(self.image_encoder.mean.device)

    def encode_image(self, image: Tensor) -> View:
        """Image (B, 3, H, W) RGB float in [0, 1], of the configuration's size."""
        expected = (3, *self.config.image_size)
        if image.ndim != 4 or tuple(image.shape[1:]) != expected:
            raise ValueError(f"images have shape {tuple(image.shape)}; expected a batch of {expected}")
        pyramid = self.image_encoder(image)
        skips = tuple(layer(x) for layer, x in zip(self.skips, (pyramid.x2, pyramid.x1, pyramid.x0), strict=True))
        tokens, size, edges = self.fusion.look(pyramid.x4), grid(pyramid.x4), self.edges(pyramid.stem)
        if self.fusion.product is None:
            return View(tokens, size, skips, edges)  # type: ignore[arg-type]
        pixels = self.fusion.product.see(tokens, size, skips[1])
        cells = F.avg_pool2d(pixels, pixels.shape[-1] // size[1]).flatten(2).transpose(1, 2)
        return View(tokens, size, skips, edges, pixels, cells)  # type: ignore[arg-type]

    def encode_text(self, tokens: Tensor) -> Sentences:
        """Tokens (B, L) int64 from ``tokenize``."""
        return self.text_encoder(tokens)

    def decode(self, fused: Tensor, view: View, sentence: Tensor) -> tuple[Tensor, Tensor]:
        """Fused features, their views and sentences (B, E) -> logit maps, coarse and refined, as in ``Output``."""
        x = fused
        for block, skip in zip(self.upsampling, view.skips, strict=True):
            x = block(x, skip, sentence)
        coarse = self.head(x, sentence)
        return coarse, self.refinement(coarse, view.edges)

    def answer(self, view: View, sentences: Sentences) -> Output:
        """Views and sentences, pairwise (B of each)."""
        fused = self.fusion(view.tokens, view.cells, sentences, view.size).features
        return Output(*self.decode(fused, view, sentences.sentence), self.match(fused, sentences.sentence))

    def forward(self, image: Tensor, tokens: Tensor) -> Output:
        """Image (B, 3, H, W) RGB float in [0, 1] and tokens (B, L), pairwise."""
        return self.answer(self.encode_image(image), self.encode_text(tokens))
