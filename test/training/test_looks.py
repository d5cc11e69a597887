"""What is asked of things: what they are, how large, by what they can be held, and which are of a kind."""

import pytest
import torch

from lggd_ros.network.holding import HOLDS
from lggd_ros.training.looks import SIZE_WEIGHT, kin_loss, label_loss, part_loss, size_loss


def test_the_right_kind_and_colour_win(shown, ids):
    table = shown.labels.float()
    features = torch.stack([rows[its] for rows, its in zip(table, ids, strict=True)])
    labels = torch.eye(table.shape[-1])
    right, wrong = (label_loss(sign * features, ids, labels, shown) for sign in (1, -1))
    assert right < 0.01 < wrong


def test_what_no_thing_is_behind_is_not_asked(shown, ids):
    features, labels = torch.randn(*ids.shape, 6), torch.randn(shown.labels.shape[-1], 6)
    noise = torch.where((ids > 0)[..., None], features, torch.randn_like(features))
    assert torch.equal(label_loss(features, ids, labels, shown), label_loss(noise, ids, labels, shown))
    assert label_loss(features, 0 * ids, labels, shown) == 0


def test_sizes_are_compared_within_a_picture(shown, ids):
    extents = shown.extents.gather(1, ids.clamp(max=shown.extents.shape[1] - 1)).clamp(min=0.01)
    nearer = torch.tensor([[1.0], [2.0]])  # all of a picture seems larger from nearer by
    assert size_loss((nearer * extents).log(), ids, shown) < 1e-5
    one = torch.zeros_like(extents)
    one[0, 0] = 0.3
    count, its = (ids > 0).sum(), (ids[0] > 0).sum()
    expected = SIZE_WEIGHT * 2 * 0.3 * (1 - 1 / its) / count
    assert size_loss(extents.log() + one, ids, shown).item() == pytest.approx(expected.item(), rel=1e-3)
    assert size_loss(extents.log() + one, ids, shown._replace(extents=0 * shown.extents)) == 0


def test_things_of_one_kind_are_kin(shown, ids):
    kinds = shown.labels[:, :, shown.label_question == 0].float()
    its = torch.stack([rows[i] for rows, i in zip(kinds, ids, strict=True)])
    logits = 20 * (its @ its.transpose(1, 2)) - 10
    assert kin_loss(logits, ids, shown) < 0.01 < kin_loss(-logits, ids, shown)
    assert kin_loss(-logits, 0 * ids, shown) == 0


def test_things_have_the_parts_that_their_kind_is_held_by(shown, ids):
    held = torch.zeros(*shown.labels.shape[:2], len(HOLDS), dtype=torch.bool)
    held[:, 1:, [0, HOLDS.index("rim")]] = True
    logits = torch.full((*ids.shape, len(HOLDS)), -10.0)
    logits[..., [0, HOLDS.index("rim")]] = 10.0
    told, untold = shown._replace(held=held), shown._replace(held=torch.zeros_like(held))
    assert part_loss(logits, ids, told) < 0.01 < part_loss(-logits, ids, told)
    assert part_loss(-logits, ids, untold) == part_loss(-logits, 0 * ids, told) == 0
