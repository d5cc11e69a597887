"""Where things truly are: what a finder is asked for, and which thing it is that it found."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from lggd_ros.data.batches import told_of
from lggd_ros.network.finder import Clues, Places, distance, ends, owner

IDS = 256  # of instances; 0 = none
LEAST = 6  # map pixels; what shows less is not asked for
SPREAD = 0.1  # of a thing's sides: how far around its middle a centre is almost one
SEEN, COVERED = 0.4, 0.3  # shares of a place and of a thing that they must have in common
BOX_WEIGHT = 3.0
SHAKE = 0.06  # of a box's sides
TURNED = 0.5  # share of close-ups
FLOOR = 1e-4  # probability


def true_places(instances: Tensor, laid: Tensor, things: int) -> tuple[Places, Tensor]:
    """Instances (B, 2h, 2w), and which of them lie on others (B, N) -> the largest K = ``things`` of them on a grid
    (h, w), and which they are (B, K) int64."""
    pixels = instances.flatten(1).long()
    sizes = torch.zeros(len(pixels), IDS, device=pixels.device)
    sizes.scatter_add_(1, pixels, torch.ones_like(pixels, dtype=torch.float))
    sizes[:, 0] = 0
    size, ids = sizes.topk(things)
    there = size >= LEAST
    shown = (instances[:, None] == ids[..., None, None]) & there[..., None, None]
    box = torch.stack([*ends(shown.any(2)), *ends(shown.any(3))], -1)[..., [0, 2, 1, 3]] / 2
    its = told_of(laid, ids * there).float()
    return Places(box, its, there.float(), F.avg_pool2d(shown.float(), 2)), ids * there


def shaken(places: Places) -> Places:
    """Boxes as little off as those that are found."""
    sides = (places.box[..., 2:] - places.box[..., :2]).repeat(1, 1, 2)
    return places._replace(box=places.box + SHAKE * sides * torch.randn_like(sides))


def turns(places: Places) -> Tensor:
    """Radians (B, K) by which to turn close-ups: any for half of them, since things lie as they fall, and none for the
    others, since some stand."""
    any_angle = 2 * math.pi * torch.rand_like(places.there)
    return any_angle * (torch.rand_like(places.there) < TURNED)


def find_losses(clues: Clues, truth: Places) -> dict[str, Tensor]:
    """Loss terms by name. All things count the same."""
    shown = truth.share > 0.5
    weight = truth.share * shown / (truth.share * shown).sum((2, 3), keepdim=True).clamp(min=1)
    whose = owner(clues, truth.box, truth.laid, truth.there)[:, :-1].clamp(min=FLOOR).log()
    inside = truth.share.sum(1).clamp(max=1)
    count = truth.there.sum().clamp(min=1)
    return {
        "centres": centre_loss(clues.centre, heat(truth)) / count,
        "inside": F.binary_cross_entropy_with_logits(clues.inside, inside),
        "boxes": BOX_WEIGHT * (distance(clues.box[:, None], truth.box[..., None, None]) * weight).sum() / count,
        "laid": (_wrong(clues.laid, truth.laid) * weight).sum() / count,
        "owners": -(whose * weight).sum() / count,
    }


def _wrong(laid: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy of cells' logits (B, h, w) with each thing's truth (B, K): (B, K, h, w)."""
    logits, truth = laid[:, None], truth[..., None, None]
    return F.softplus(logits) - logits * truth


def centre_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Focal loss of a heat map (B, h, w) that is 1 in the middle of things (CenterNet, equation 1), summed."""
    chance = logits.float().sigmoid().clamp(FLOOR, 1 - FLOOR)
    middle = heat == 1
    yes = (1 - chance).square() * chance.log()
    no = (1 - heat).pow(4) * chance.square() * (1 - chance).log()
    return -torch.where(middle, yes, no).sum()


def heat(places: Places) -> Tensor:
    """(B, h, w): 1 in the cell that holds the middle of a thing's box, falling off around it as the box is large."""
    height, width = places.share.shape[2:]
    middle, sides = (places.box[..., :2] + places.box[..., 2:]) / 2, places.box[..., 2:] - places.box[..., :2]
    spread = (SPREAD * sides + 0.3)[..., None]
    columns, rows = (torch.arange(n, device=middle.device) for n in (width, height))
    x, y = (
        (cells - middle[..., axis, None].floor().clamp(0, len(cells) - 1)) / spread[..., axis, :]
        for axis, cells in ((0, columns), (1, rows))
    )
    bells = torch.exp(-(x.square()[:, :, None] + y.square()[..., None]) / 2)
    return (bells * places.there[..., None, None]).amax(1)


def owners(places: Places, truth: Places, its: Tensor) -> Tensor:
    """Which of the true places' instances ``its`` (B, J) each place shows (B, K) int64; 0 where there is none, or the
    two have too little in common."""
    share, true = places.share.detach().float(), truth.share.float()
    common = torch.stack([torch.minimum(one[:, None], share).sum((2, 3)) for one in true.unbind(1)], -1)
    most, which = common.max(-1)
    seen = most > SEEN * share.sum((2, 3))
    covered = most > COVERED * true.sum((2, 3)).gather(1, which)
    return its.gather(1, which) * (seen & covered & (places.there > 0))


def mixed(one: tuple[Places, Tensor], other: tuple[Places, Tensor], count: int) -> tuple[Places, Tensor]:
    """The first ``count`` images' places and ids of ``one``, the others' of ``other``."""
    fields = zip((*one[0], one[1]), (*other[0], other[1]), strict=True)
    *places, ids = (torch.cat([a[:count], b[count:].to(a.dtype)]) for a, b in fields)
    return Places(*places), ids
