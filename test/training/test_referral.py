"""What is asked of sentences: which things they name."""

import pytest
import torch

from lggd_ros.training.referral import named, named_loss


def test_a_sentence_names_its_targets_and_nothing_else(shown, ids):
    truth = named(shown.mask, shown, ids[shown.image_of])
    for mask, image, row in zip(shown.mask, shown.image_of, truth, strict=True):
        targets = set(shown.instances[image][mask > 0].tolist())
        assert [bool(hit) for hit in row] == [int(thing) in targets for thing in ids[image]]
    assert truth.any() and not truth[:, 3:].any(), "there are three things"


def test_a_thing_of_one_row_is_named_too(shown, ids):
    line = shown._replace(instances=torch.zeros_like(shown.instances), mask=torch.zeros_like(shown.mask))
    line.instances[:, 5, 10:16] = 1
    line.mask[:, 5, 10:16] = 1
    ones = torch.ones_like(ids[shown.image_of])
    assert named(line.mask, line, ones).all()


def test_all_things_that_are_there_count_the_same():
    logits, truth = torch.tensor([[3.0, -3.0, 9.0]]), torch.tensor([[True, True, False]])
    loss = named_loss(logits, truth, torch.tensor([[True, True, False]]))
    assert loss.item() == pytest.approx((0.0486 + 3.0486) / 2, abs=1e-3)
    assert named_loss(logits, truth, torch.zeros(1, 3, dtype=torch.bool)) == 0
