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
from lggd_ros.network.finder import STRIDE, Finder, Places
from lggd_ros.network.fusion import DCVLF
from lggd_ros.network.heads import LDCH, MatchHead
from lggd_ros.network.holding import Hold, Holding
from lggd_ros.network.layers import Standard, grid, resize
from lggd_ros.network.plain import PlainFusion, PlainHead, PlainRefinement, PlainUpsampling
from lggd_ros.network.referring import EVIDENCE, Referral, Referring, divided, evidence
from lggd_ros.network.refinement import Refinement
from lggd_ros.network.spelling import mend
from lggd_ros.network.things import CloseUp, Comparing, Things, lay_out
from lggd_ros.network.upsampling import LMAFN

EDGE_WIDTH = 16
# What finds things and understands sentences about them.
THINGS = (
    *("finder", "close_up", "comparing", "text_encoder", "referring", "match"),
    *("holding.of_things", "holding.sentence", "holding.words"),
)
LAYOUT_STRIDE = 16  # of the grid in whose cells things have their centre and size


class View(NamedTuple):
    """What the network knows of B images before it reads a word.

    ``tokens``: (B, h*w, fusion width) on the grid ``size`` (h, w). ``skips``: features at strides 16, 8 and 4.
    ``edges``: the stem's features, folded to stride 4. ``things``: None where the network has no eye for them.
    """

    tokens: Tensor
    size: tuple[int, int]
    skips: tuple[Tensor, Tensor, Tensor]
    edges: Tensor
    things: Things | None = None

    def select(self, index: Tensor) -> View:
        """One view per entry of ``index`` (P,): the image that each instruction is about."""
        skips, things = tuple(skip[index] for skip in self.skips), self.things and self.things.select(index)
        return View(self.tokens[index], self.size, skips, self.edges[index], things)  # type: ignore[arg-type]


class Decoded(NamedTuple):
    """Logit maps as in ``Output``; ``hold``: None where the network has no eye for things."""

    coarse: Tensor
    refined: Tensor
    hold: Hold | None


class Output(NamedTuple):
    """Logits: ``refined`` (B, 5, h, w) of ``LGGDConfig.map_size``, ``coarse`` (B, 5, h/2, w/2), as ``heads.MAPS``.

    ``match`` (B, 3): the sentence matches none, one or several of the things in view. ``shares`` (B, 3, h, w) in
    [0, 1]: how much of a pixel is what may be meant, as the finder sees it, how much is something else, and how much is
    the thing that is likeliest meant; None where the network has no eye for things.
    """

    coarse: Tensor
    refined: Tensor
    match: Tensor
    shares: Tensor | None = None

    @property
    def maps(self) -> Tensor:
        """(B, 6, h, w), in the order of ``heads.ANSWERED``: refined maps in their own ranges, see ``activate``, and
        the share of the thing that is likeliest meant, 0 where the network has no eye for things.

        The mask is the mean of two opinions: the decoder's, where nothing else is, and the finder's.
        """
        maps = activate(self.refined)
        if self.shares is None:
            return torch.cat([maps, torch.zeros_like(maps[:, :1])], 1)
        own, others, thing = self.shares.split(1, 1)
        return torch.cat([(maps[:, :1] * (1 - others) + own) / 2, maps[:, 1:], thing], 1)


def activate(logits: Tensor) -> Tensor:
    """Logit maps (B, 5, h, w) -> mask, quality and width in [0, 1], sin 2θ and cos 2θ in [-1, 1]."""
    return torch.cat([logits[:, :2].sigmoid(), logits[:, 2:4].tanh(), logits[:, 4:].sigmoid()], 1)


class LGGD(nn.Module):
    """Language-guided grasp detection. ``config`` decides parts and sizes; see ``LGGDConfig``."""

    def __init__(self, config: LGGDConfig) -> None:
        super().__init__()
        self.config, self._vocabulary = config, frozenset(config.vocabulary)
        self._settled: set[str] = set()
        parts, sentence = config.parts, config.embed_dim
        self.image_encoder, self.text_encoder = build_encoders(config)
        self.standard = Standard(config.channels)
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
        if config.things:
            self.finder = Finder(config.things, config.channels)
            self.close_up, self.comparing = CloseUp(sentence, config.channels), Comparing(sentence)
            self.referring, self.tell = Referring(config), nn.Linear(3, config.fusion_width)
            self.mark = nn.Parameter(torch.tensor(4.0))
            self.holding = Holding(config)
        clues = EVIDENCE if config.things else 2 * config.fusion_width
        self.match = MatchHead(clues, sentence, config.fusion_width)
        self.refinement = Refinement(EDGE_WIDTH, config.refine_widths) if "rm" in parts else PlainRefinement()
        if config.frozen:
            self.settle("image_encoder", "text_encoder")
        self.train()

    def train(self, mode: bool = True) -> LGGD:
        """As in torch, except that what is settled always keeps its batch-norm statistics."""
        super().train(mode)
        for name in self._settled:
            self.get_submodule(name).eval()
        return self

    def tokenize(self, texts: list[str]) -> Tensor:
        """Sentences, their misspelt words mended -> tokens (B, L) on the network's device."""
        mended = [self.mended(text) for text in texts]
        return clip.tokenize(mended, self.config.context_length).to(self.standard.mean.device)

    def mended(self, text: str) -> str:
        """A sentence as it is read: misspelt words are the ones of the vocabulary that they may be."""
        return mend(text, self._vocabulary)

    def encode_image(self, image: Tensor) -> View:
        """Image (B, C, H, W) in [0, 1], of the configuration's ``channels`` and ``input_size``."""
        expected = (self.config.channels, *self.config.input_size)
        if image.ndim != 4 or tuple(image.shape[1:]) != expected:
            raise ValueError(f"images have shape {tuple(image.shape)}; expected a batch of {expected}")
        whole = self.reduced(image)
        pyramid = self.image_encoder(whole)
        skips = tuple(layer(x) for layer, x in zip(self.skips, (pyramid.x2, pyramid.x1, pyramid.x0), strict=True))
        tokens, size, edges = self.fusion.look(pyramid.x4), grid(pyramid.x4), self.edges(pyramid.stem)
        things = self.look_at(image, self.finder.find(self.finder(whole))) if self.config.things else None
        return View(tokens, size, skips, edges, things)  # type: ignore[arg-type]

    def reduced(self, image: Tensor) -> Tensor:
        """Image (B, C, H, W) in [0, 1] -> what the encoders see of it, standardised."""
        detail = self.config.detail
        return self.standard(image if detail == 1 else F.avg_pool2d(image, detail))

    def look_at(self, image: Tensor, places: Places, turns: Tensor | None = None) -> Things:
        """Image (B, C, H, W) in [0, 1] and where its things are -> what they are, where, and how large. Close-ups are
        turned by ``turns`` (B, K), radians."""
        centre, area = lay_out(places, LAYOUT_STRIDE // STRIDE)
        feature, size = self.close_up(image, places, turns)
        feature = self.comparing(feature, size, places.there)
        return Things(feature, places.there, centre, area, size, places.share)

    def encode_text(self, tokens: Tensor) -> Sentences:
        """Tokens (B, L) int64 from ``tokenize``."""
        return self.text_encoder(tokens)

    def fuse(self, view: View, sentences: Sentences, referral: Referral | None) -> Tensor:
        """Words and image together, and what is known of things told to the cells that show them (B, C, h, w)."""
        fused = self.fusion(view.tokens, sentences, view.size)
        if referral is None or view.things is None:
            return fused
        fits = [logits.sigmoid() * view.things.there for logits in (referral.candidates, referral.anchors)]
        told = torch.stack([referral.meant, *fits], -1)
        return fused + view.things.spread(self.tell(told.to(fused.dtype)), view.size)

    def decode(self, fused: Tensor, view: View, sentences: Sentences, referral: Referral | None = None) -> Decoded:
        """Fused features, their views and sentences, pairwise -> maps.

        The coarse mask starts from the pixels of what is meant, and grasps are worth what they hold.
        """
        x, hold = fused, None
        for block, skip in zip(self.upsampling, view.skips, strict=True):
            x = block(x, skip, sentences.sentence)
        coarse = self.head(x, sentences.sentence)
        if referral is not None and view.things is not None:
            marked = (referral.meant[..., None, None] * view.things.share).sum(1)
            hold = self.holding(x, sentences)
            told = torch.stack([self.mark * marked, hold.worth.log()], 1).to(coarse.dtype)
            coarse = torch.cat([coarse[:, :2] + told, coarse[:, 2:]], 1)
        return Decoded(coarse, self.refinement(coarse, view.edges), hold)

    def judge(self, fused: Tensor, view: View, sentence: Tensor, referral: Referral | None) -> Tensor:
        """Logits of the match (B, 3): by what is known of things, or by the fused features' mean and maximum."""
        if referral is not None and view.things is not None:
            return self.match_things(view.things, referral, sentence)
        return self.match(torch.cat([fused.mean((2, 3)), fused.amax((2, 3))], -1), sentence)

    def match_things(self, things: Things, referral: Referral, sentence: Tensor) -> Tensor:
        """Logits of the match (B, 3) by what is known of things."""
        return self.match(evidence(things, referral), sentence)

    def settle_things(self) -> None:
        """``THINGS`` stay as they are from now on, statistics included."""
        self.settle(*THINGS)

    def settle(self, *modules: str) -> None:
        """These modules stay as they are from now on, statistics included. Raises ValueError for one it lacks."""
        for name in modules:
            try:
                self.get_submodule(name).eval().requires_grad_(False)
                self._settled.add(name)
            except AttributeError:
                known = ", ".join(dict(self.named_children()))
                raise ValueError(f"a network has no module '{name}'; it has {known}") from None

    def refer(self, things: Things | None, sentences: Sentences) -> Referral | None:
        """Which things the sentences mean, pairwise; None without things."""
        if things is None:
            return None
        return self.referring(things, sentences, self.holding.having(things.feature, sentences))

    def answer(self, view: View, sentences: Sentences) -> Output:
        """Views and sentences, pairwise (B of each)."""
        referral = self.refer(view.things, sentences)
        fused = self.fuse(view, sentences, referral)
        coarse, refined, _ = self.decode(fused, view, sentences, referral)
        match, shares = self.judge(fused, view, sentences.sentence, referral), None
        if referral is not None and view.things is not None:
            shares = resize(divided(view.things, referral), grid(refined)).to(refined.dtype)
        return Output(coarse, refined, match, shares)

    def forward(self, image: Tensor, tokens: Tensor) -> Output:
        """Image (B, C, H, W) in [0, 1] and tokens (B, L), pairwise."""
        return self.answer(self.encode_image(image), self.encode_text(tokens))
