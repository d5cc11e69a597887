"""Things in view: a close-up of each, in which all are equally large, tells what it is.

Not in the paper. On a grid over the whole image a small network knows 73 % of the kinds of the tabletop world after
hours, in close-ups of colour and relief 95 % after twenty minutes. What is small or large among its kind is seen by
comparing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network.finder import Places, Residual, stage
from lggd_ros.network.layers import Standard, grid

SIDE = 80  # pixels of a close-up
MARGIN = 1.25  # sides of its square, in those of the thing's box
LEAST = 3.0  # cells, side of the smallest square
WIDTHS = (32, 64, 128, 256)  # channels at a half to a sixteenth of the resolution
LAYERS = (0, 1, 1, 1)
KIND = 64  # features by which kinds differ
PLAINLY = math.log(1.25)  # larger by so much, a thing makes another of its kind a small one
PLAIN = 25.0  # how sharp that limit is


class Things(NamedTuple):
    """K things of each of B images, as sentences are compared with them.

    ``feature`` (B, K, E), unit vectors in the space that things share with sentences; ``there`` (B, K) 1 or 0; on the
    grid of stride 16, ``centre`` (B, K, 2) as column and row and ``area`` (B, K), the logarithm of what shows of it in
    cells; ``size`` (B, K), the logarithm of the geometric mean of its sides, hidden or not, in a unit of the picture's
    own; ``share`` (B, K, h, w) on the finder's grid.
    """

    feature: Tensor
    there: Tensor
    centre: Tensor
    area: Tensor
    size: Tensor
    share: Tensor

    def select(self, index: Tensor) -> Things:
        """Those of one image per entry of ``index`` (P,)."""
        return Things(*(field[index] for field in self))

    def spread(self, values: Tensor, size: tuple[int, int]) -> Tensor:
        """What holds of things (B, K, C), told to the cells of a grid that show them (B, C, *size)."""
        cells = F.adaptive_avg_pool2d(self.share, size).flatten(2)
        return (values.transpose(1, 2) @ cells.to(values.dtype)).unflatten(2, size)


class CloseUp(nn.Module):
    """What a thing looks like, and how large that is."""

    def __init__(self, space: int, channels: int) -> None:
        super().__init__()
        self.standard, widths = Standard(channels), (channels + 1, *WIDTHS)
        self.stages = nn.Sequential(
            *(stage(widths[i], widths[i + 1], layers) for i, layers in enumerate(LAYERS)), Residual(WIDTHS[-1])
        )
        self.out = nn.Linear(WIDTHS[-1] + 1, space)
        self.larger = nn.Linear(WIDTHS[-1] + 1, 1)  # than it seems
        self.sparing = False  # spare empty places, which takes tensors of any size, in answers too
        nn.init.zeros_(self.larger.weight)

    def forward(self, image: Tensor, places: Places, turns: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Image (B, C, H, W) in [0, 1] -> unit features (B, K, E) and sizes (B, K) as in ``Things``. In training, lest
        empty places shift the batch's statistics, only of the likeliest and of what is there; elsewhere 0."""
        pictures = crops(image, places, self.standard, turns)
        sides = _sides(places.box).log()
        if not (self.training or self.sparing):
            feature, size = self._see(pictures.flatten(0, 1), sides.flatten())
            return feature.unflatten(0, sides.shape).to(image.dtype), size.unflatten(0, sides.shape)
        there = places.there > 0
        there[:, 0] = True
        seen, at = self._see(pictures[there], sides[there]), tuple(there.nonzero(as_tuple=True))
        feature = image.new_zeros(*there.shape, self.out.out_features).index_put(at, seen[0].to(image.dtype))
        return feature, torch.zeros_like(sides).index_put(at, seen[1].to(sides.dtype))

    def _see(self, pictures: Tensor, sides: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.stages(pictures.to(next(self.stages.parameters()).dtype)).mean((2, 3))
        seen = torch.cat([seen, sides[:, None].to(seen.dtype)], -1).to(self.out.weight.dtype)
        return F.normalize(self.out(seen).float(), dim=-1), sides + self.larger(seen)[:, 0]


class Comparing(nn.Module):
    """Which things are small, and which large, among those of their kind."""

    def __init__(self, space: int) -> None:
        super().__init__()
        self.kind = nn.Linear(space, KIND)
        self.scale, self.bias = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-5.0))
        self.tell = nn.Linear(2, space, bias=False)
        nn.init.zeros_(self.tell.weight)

    def forward(self, feature: Tensor, size: Tensor, there: Tensor) -> Tensor:
        """Unit features (B, K, E) and sizes (B, K) of things that are ``there`` (B, K) -> features that tell it."""
        kin = self.kin(feature).sigmoid() * there[:, None]
        outdone = kin * torch.sigmoid(PLAIN * (size[:, None] - size[..., None] - PLAINLY))
        outdoes = kin * torch.sigmoid(PLAIN * (size[..., None] - size[:, None] - PLAINLY))
        below, above = (1 - (1 - truth).prod(-1) for truth in (outdone, outdoes))
        words = torch.stack([below * (1 - above), above * (1 - below)], -1)
        return F.normalize(feature.float() + self.tell(words.to(feature.dtype)).float(), dim=-1).to(feature.dtype)

    def kin(self, feature: Tensor) -> Tensor:
        """Features (B, K, E) -> logits (B, K, K) that two things are of a kind."""
        kind = F.normalize(self.kind(feature).float(), dim=-1)
        return self.scale * (kind @ kind.transpose(1, 2)) + self.bias


def crops(image: Tensor, places: Places, standard: Standard, turns: Tensor | None = None) -> Tensor:
    """Squares of an image (B, C, H, W), as fine as it may be, around its things, standardised, and how much is theirs:
    (B, K, C + 1, SIDE, SIDE). ``turns`` (B, K): by how many radians they are turned."""
    things, (height, width) = places.box.shape[1], grid(places.share)
    steps = (torch.arange(SIDE, device=image.device, dtype=places.box.dtype) + 0.5) / SIDE - 0.5
    middle, side = (places.box[..., :2] + places.box[..., 2:]) / 2, _sides(places.box)
    square = _turned(torch.stack([steps.expand(SIDE, -1), steps[:, None].expand(-1, SIDE)], -1), turns)
    at = middle[:, :, None, None] + side[:, :, None, None, None] * square  # (B, K, SIDE, SIDE, 2), cells
    at = torch.stack([2 * at[..., 0] / width - 1, 2 * at[..., 1] / height - 1], -1)  # too fine for half precision
    look = F.grid_sample(image.float(), at.flatten(1, 2), padding_mode="border", align_corners=False)
    look = standard(look).unflatten(2, (things, SIDE)).transpose(1, 2)
    share = places.share.flatten(0, 1)[:, None]
    theirs = F.grid_sample(share, at.flatten(0, 1), align_corners=False).unflatten(0, (-1, things))
    return torch.cat([look, theirs], 2).to(image.dtype)


def lay_out(places: Places, step: int) -> tuple[Tensor, Tensor]:
    """Centres (B, K, 2) as column and row, and log areas (B, K), on a grid ``step`` times as coarse as that of
    ``places``."""
    height, width = grid(places.share)
    rows, columns = (torch.arange(n, device=places.share.device) + 0.5 for n in (height, width))
    weight = places.share.sum((2, 3))
    total = weight.clamp(min=1e-3)
    x, y = (places.share.sum(2) * columns).sum(-1) / total, (places.share.sum(3) * rows).sum(-1) / total
    return torch.stack([x, y], -1) / step, (weight / step**2).clamp(min=1e-2).log()


def _turned(points: Tensor, turns: Tensor | None) -> Tensor:
    """Points (S, S, 2) turned by radians (B, K): (B, K, S, S, 2)."""
    if turns is None:
        return points
    x, y = points.unbind(-1)
    cosine, sine = (wave[..., None, None] for wave in (turns.cos(), turns.sin()))
    return torch.stack([cosine * x - sine * y, sine * x + cosine * y], -1)


def _sides(box: Tensor) -> Tensor:
    """Sides (B, K) of the squares around boxes (B, K, 4)."""
    return (MARGIN * (box[..., 2:] - box[..., :2]).amax(-1)).clamp(min=LEAST)
