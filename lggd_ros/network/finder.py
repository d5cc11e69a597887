"""Where things are, whatever they are: a small network of its own, and how its clues become places.

Not in the paper. Centres are peaks of a heat map (CenterNet, Zhou et al. 2019), every cell votes for the box of the
thing that it shows (FCOS, Tian et al. 2019), and a cell belongs to the thing whose box it votes for. A hammer on a
plate may have the plate's box; that it lies on something tells the two apart.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lggd_ros.network.layers import ConvBlock, grid, resize

STRIDE = 4  # image pixels per cell
WIDTHS = (24, 48, 96, 128, 160)  # channels at strides 2, 4, 8, 16 and 32
LAYERS = (1, 2, 2, 2)  # residual blocks at strides 4 to 32
UNLIKELY = -4.0  # a centre's first logit
RARE = -2.0  # first logit of lying on another thing
REACH = 8.0  # cells; boxes start with that distance to each side
PEAK = 0.3  # probability of a centre from which on something is there
OVERLAP = 0.6  # of boxes (IoU) from which on two centres are one thing's
HIDDEN = 4  # things at most that share their middle with others
SUPPORT = 8.0  # cells that must vote for one of them
DOUBTFUL = 0.1  # share up to which a cell may still be a known thing's
SHARPNESS, STRANGER = 20.0, -3.5  # logits per distance of a cell's vote from a thing's box, and of belonging to none
LAID = 0.5  # distance between what surely lies on another thing and what surely does not
ALIKE = 0.2  # distance up to which votes are for the same box
THEIRS = 0.3  # share from which on a cell is covered
LEAST = 1e-3  # sum of squared shares that has a mean
APART = -10_000.0  # logit of what is impossible, in half precision too


class Clues(NamedTuple):
    """What every cell of a grid (B, h, w) says: logits of ``centre`` and ``inside``, whether it is the middle of a
    thing or shows one, the ``box`` (B, 4, h, w) of that thing: left, top, right, bottom, in cells, and of ``laid``,
    whether it lies on another thing."""

    centre: Tensor
    inside: Tensor
    box: Tensor
    laid: Tensor


class Places(NamedTuple):
    """Where K things are: ``box`` (B, K, 4) as left, top, right, bottom in cells, ``laid`` (B, K), the probability that
    it lies on another thing, ``there`` (B, K) 1 or 0, since there may be fewer, and ``share`` (B, K, h, w), how much of
    every cell is the thing's."""

    box: Tensor
    laid: Tensor
    there: Tensor
    share: Tensor


class Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvBlock(width, width), nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C, h, w)."""
        return F.relu(x + self.layers(x))


def stage(channels_in: int, channels_out: int, layers: int) -> nn.Sequential:
    """Half the resolution, then ``layers`` residual blocks."""
    halve = nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False)
    blocks = (Residual(channels_out) for _ in range(layers))
    return nn.Sequential(halve, nn.BatchNorm2d(channels_out), nn.ReLU(inplace=True), *blocks)


class Finder(nn.Module):
    """Finds up to ``things`` things in an image."""

    def __init__(self, things: int, channels: int) -> None:
        super().__init__()
        self.things = things
        self.stem = stage(channels, WIDTHS[0], 0)
        self.down = nn.ModuleList(
            stage(fine, coarse, layers) for fine, coarse, layers in zip(WIDTHS, WIDTHS[1:], LAYERS, strict=False)
        )
        pairs = list(zip(WIDTHS[1:], WIDTHS[2:], strict=False))[::-1]
        self.narrow = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairs)
        self.mix = nn.ModuleList(ConvBlock(fine, fine) for fine, _ in pairs)
        self.out = nn.Sequential(ConvBlock(WIDTHS[1], WIDTHS[1]), nn.Conv2d(WIDTHS[1], 6, 1))
        nn.init.constant_(self.out[1].bias[0], UNLIKELY)  # type: ignore[index, arg-type]
        self.laid = nn.Conv2d(WIDTHS[1], 1, 1)
        nn.init.zeros_(self.laid.weight)
        nn.init.constant_(self.laid.bias, RARE)  # type: ignore[arg-type]

    def forward(self, image: Tensor) -> Clues:
        """Standardised image (B, C, H, W), see ``Standard`` -> clues on a grid of ``STRIDE``."""
        x = self.stem(image.to(next(self.stem.parameters()).dtype))
        scales = []
        for halve in self.down:
            x = halve(x)
            scales.append(x)
        for narrow, mix, finer in zip(self.narrow, self.mix, scales[-2::-1], strict=True):
            x = mix(finer + resize(narrow(x), grid(finer)))
        x = self.out[0](x)
        out, laid = self.out[1](x).float(), self.laid(x).float()
        return Clues(out[:, 0], out[:, 1], _boxes(out[:, 2:]), laid[:, 0])

    def find(self, clues: Clues) -> Places:
        """The likeliest centres, and what hides behind them: two things may have one middle, as an egg on a plate.

        Each one's box is halfway between what its cells vote for and what they cover.
        """
        chance = clues.centre.sigmoid()
        peaks = chance * (chance == F.max_pool2d(chance[:, None], 3, 1, 1)[:, 0])
        score, at = peaks.flatten(1).topk(self.things)
        box, laid = _votes_at(clues, at)
        score = score * ((score > PEAK) & ~_doubles(box, laid))
        logits = _belonging(clues, box, laid, score)
        known = logits.logsumexp(1, keepdim=True)
        for _ in range(HIDDEN):
            another, its, support = _left_over(clues, known)
            its_score = PEAK * (support > SUPPORT)
            its_logits = _belonging(clues, another, its, its_score)
            known = torch.cat([known, its_logits], 1).logsumexp(1, keepdim=True)
            more = (box, another), (laid, its), (score, its_score), (logits, its_logits)
            box, laid, score, logits = (torch.cat(both, 1) for both in more)
        score, best = score.topk(self.things)
        box, laid, there = box.gather(1, best[..., None].expand(-1, -1, 4)), laid.gather(1, best), score > 0
        owner = _owner(logits.gather(1, best[..., None, None].expand(-1, -1, *grid(logits))))
        share = owner[:, :-1] * clues.inside.sigmoid()[:, None]
        return Places((voted(clues.box, share, box) + covered(share, box)) / 2, laid, there.to(box.dtype), share)


def voted(votes: Tensor, share: Tensor, box: Tensor) -> Tensor:
    """The mean vote (B, 4, h, w) of the cells that are a thing's, ``share`` (B, K, h, w): (B, K, 4), else ``box``."""
    weight = share.square().flatten(2)
    total = weight.sum(-1, keepdim=True)
    return torch.where(total > LEAST, weight @ votes.flatten(2).transpose(1, 2) / total.clamp(min=LEAST), box)


def covered(share: Tensor, box: Tensor) -> Tensor:
    """The box (B, K, 4) around the cells that are a thing's, ``share`` (B, K, h, w); ``box`` where there are none."""
    (left, right), (top, bottom) = (ends((share > THEIRS).any(axis)) for axis in (2, 3))
    around = torch.stack([left, top, right, bottom], -1).to(box.dtype)
    return torch.where((right > left)[..., None], around, box)


def ends(line: Tensor) -> tuple[Tensor, Tensor]:
    """(B, K, N) bool -> the first that is true, and the one behind the last (B, K); 0 and 0 where none is."""
    number = torch.arange(line.shape[-1], device=line.device)
    first = torch.where(line, number, line.shape[-1]).amin(-1)
    return first * line.any(-1), torch.where(line, number + 1, 0).amax(-1)


def distance(votes: Tensor, box: Tensor) -> Tensor:
    """How far votes (B, 1 or K, 4, h, w) are from boxes (B, K, 4, h or 1, w or 1), relative to these: (B, K, h, w)."""
    side = (box[:, :, 2:] - box[:, :, :2]).mean(2).clamp(min=1) + 1
    return (votes - box).abs().mean(2) / side


def owner(clues: Clues, box: Tensor, laid: Tensor, there: Tensor) -> Tensor:
    """Whose every cell is that shows anything: probabilities (B, K + 1, h, w), the last of strangers.

    Of K things boxes (B, K, 4), whether they lie on others (B, K), and which of them count (B, K).
    """
    return _owner(_belonging(clues, box, laid, there))


def _owner(logits: Tensor) -> Tensor:
    return torch.cat([logits, torch.full_like(logits[:, :1], STRANGER)], 1).softmax(1)


def _left_over(clues: Clues, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Among the cells that show something but hardly what is known, whose logits these are (B, 1, h, w): the vote of
    the one in the thick of them (B, 1, 4) and (B, 1), and how many vote alike (B, 1)."""
    rest = (STRANGER - known).sigmoid() * clues.inside.sigmoid()[:, None]
    seed = F.avg_pool2d(rest, 3, 1, 1).flatten(1).argmax(1, keepdim=True)
    box, laid = _votes_at(clues, seed)
    alike = _apart(clues, box, laid) < ALIKE
    return box, laid, (rest * ((rest > DOUBTFUL) & alike)).sum((2, 3))


def _belonging(clues: Clues, box: Tensor, laid: Tensor, there: Tensor) -> Tensor:
    """Logits (B, K, h, w) of cells' being each thing's."""
    return torch.where(there[..., None, None] > 0, -SHARPNESS * _apart(clues, box, laid), APART)


def _apart(clues: Clues, box: Tensor, laid: Tensor) -> Tensor:
    """How far the cells' votes are from things with such boxes (B, K, 4), laid on others or not (B, K): (B, K, h, w).
    Where that is not sure, it tells nothing apart."""
    elsewhere = (clues.laid.sigmoid()[:, None] - laid[..., None, None]).abs()
    return distance(clues.box[:, None], box[..., None, None]) + LAID * (2 * elsewhere - 1).clamp(min=0)


def _votes_at(clues: Clues, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Boxes (B, N, 4) that cells (B, N), numbered row by row, vote for, and whether these lie on others (B, N)."""
    box = clues.box.flatten(2).gather(2, cells[:, None].expand(-1, 4, -1)).transpose(1, 2)
    return box, clues.laid.flatten(1).gather(1, cells).sigmoid()


def _boxes(reach: Tensor) -> Tensor:
    """How far each box reaches from the middle of its cell, (B, 4, h, w) as logarithms over ``REACH`` -> boxes."""
    height, width = grid(reach)
    rows = torch.arange(height, device=reach.device)[:, None] + 0.5
    columns = torch.arange(width, device=reach.device)[None] + 0.5
    left, top, right, bottom = (REACH * reach.clamp(-5.0, 2.5).exp()).unbind(1)
    return torch.stack([columns - left, rows - top, columns + right, rows + bottom], 1)


def _doubles(box: Tensor, laid: Tensor) -> Tensor:
    """(B, K, 4) and (B, K), best first -> (B, K) whether a better one is almost the same."""
    one, other = box[:, :, None], box[:, None]
    sides = torch.minimum(one[..., 2:], other[..., 2:]) - torch.maximum(one[..., :2], other[..., :2])
    both = sides.clamp(min=0).prod(-1)
    area = (box[..., 2:] - box[..., :2]).prod(-1)
    overlap = both / (area[:, :, None] + area[:, None] - both).clamp(min=1e-6)
    same_place = (laid[:, :, None] - laid[:, None]).abs() < 0.5
    return ((torch.tril(overlap, -1) > OVERLAP) & same_place).any(-1)
