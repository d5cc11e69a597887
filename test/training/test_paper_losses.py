"""The paper's losses (LGGD, section III-G) worked by hand, and against NumPy that loops over pixels."""

import math

import numpy as np
import pytest
import torch

from lggd_ros.training.losses import grasp_loss, lggd_losses, map_losses, mask_loss

LN3 = math.log(3)  # the logit of 3/4


def logit_maps(mask=0.0, quality=0.0, sin2=0.0, cos2=0.0, width=0.0, shape=(1, 1)):
    return torch.tensor([mask, quality, sin2, cos2, width])[None, :, None, None].expand(1, 5, *shape).contiguous()


def grasp_maps(quality, sin2, cos2, width, shape=(1, 1)):
    return torch.tensor([quality, sin2, cos2, width])[None, :, None, None].expand(1, 4, *shape).contiguous()


def test_mask_loss_by_hand():
    """Foreground at 3/4 costs 1.5 ln(4/3), background at 3/4 costs ln 4; the weights sum to 2.5."""
    loss = mask_loss(torch.full((1, 1, 2), LN3), torch.tensor([[[1.0, 0.0]]]))
    assert float(loss) == pytest.approx((1.5 * math.log(4 / 3) + math.log(4)) / 2.5)


def test_weights_are_summed_over_the_batch():
    """Three foreground pixels in one sample, one in the other: 4 x 1.5 + 4 x 1."""
    mask = torch.tensor([[[1.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
    loss = mask_loss(torch.full((2, 2, 2), LN3), mask)
    assert float(loss) == pytest.approx((6 * math.log(4 / 3) + 4 * math.log(4)) / 10)


def test_sure_answers_stay_finite():
    logits = torch.tensor([[[200.0, -200.0]]])
    assert float(mask_loss(logits, torch.tensor([[[1.0, 0.0]]]))) == pytest.approx(0, abs=1e-6)
    assert float(mask_loss(logits, torch.tensor([[[0.0, 1.0]]]))) == pytest.approx(200)


def test_grasp_loss_by_hand():
    """Errors 1/2, 1, 2 and 0: half their squares up to 1, from there a line; a mean of four."""
    logits = logit_maps(quality=0.0, sin2=0.0, cos2=100.0, width=LN3)
    loss = grasp_loss(logits, grasp_maps(1.0, 1.0, -1.0, 0.75), torch.ones(1, 1, 1))
    assert float(loss) == pytest.approx((0.125 + 0.5 + 1.5 + 0) / 4)


def test_every_pixel_inside_counts_the_same_over_the_batch():
    """One sample with one pixel inside and an error of 1/2, one with three and none."""
    logits = logit_maps(shape=(2, 2)).repeat(2, 1, 1, 1)
    maps = grasp_maps(0.5, 0.0, 0.0, 0.5, shape=(2, 2)).repeat(2, 1, 1, 1)
    maps[0, 0, 0, 0] = 1.0
    mask = torch.tensor([[[1.0, 0.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]])
    assert float(grasp_loss(logits, maps, mask)) == pytest.approx(0.125 / 16)


def test_outside_the_mask_nothing_is_learnt_about_grasps():
    logits = torch.randn(1, 5, 2, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    mask = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    grasp_loss(logits, grasp_maps(0.9, 0.9, 0.9, 0.9, shape=(2, 2)), mask).backward()
    assert logits.grad[0, 1:, 0, 0].abs().min() > 0
    assert logits.grad.count_nonzero() == 4


def looped_mask_loss(logits, mask):
    weighted = weights = 0.0
    for logit, share in zip(logits.ravel(), mask.ravel(), strict=True):
        probability, weight = 1 / (1 + math.exp(-logit)), 1 + 0.5 * share
        weighted -= weight * (share * math.log(probability) + (1 - share) * math.log(1 - probability))
        weights += weight
    return weighted / weights


def looped_grasp_loss(logits, maps, mask):
    costs = []
    for sample, row, column in np.argwhere(mask > 0.5):
        _, quality, sin2, cos2, width = logits[sample, :, row, column].tolist()
        answer = 1 / (1 + math.exp(-quality)), math.tanh(sin2), math.tanh(cos2), 1 / (1 + math.exp(-width))
        for found, true in zip(answer, maps[sample, :, row, column], strict=True):
            error = abs(found - true)
            costs.append(error - 0.5 if error > 1 else error**2 / 2)
    return sum(costs) / len(costs)


def halved(values):
    *lead, height, width = values.shape
    return values.reshape(*lead, height // 2, 2, width // 2, 2).mean(axis=(-3, -1))


@pytest.fixture
def sample():
    """A batch of two: coarse and refined logits, grasp maps, and masks of which some cells are half covered."""
    rng = np.random.default_rng(1)
    coarse, refined = rng.normal(0, 2, (2, 5, 4, 6)), rng.normal(0, 2, (2, 5, 8, 12))
    mask = np.zeros((2, 8, 12))
    mask[0, 1:6, 2:9] = mask[1, 3:8, 5:12] = 1
    return tuple(x.astype(np.float32) for x in (coarse, refined, rng.uniform(-1, 1, (2, 4, 8, 12)), mask))


def test_map_losses_against_loops(sample):
    _, refined, maps, mask = sample
    found = map_losses(*(torch.tensor(x) for x in (refined, maps, mask)))
    expected = looped_mask_loss(refined[:, 0], mask), looped_grasp_loss(refined, maps, mask)
    assert [float(x) for x in found] == pytest.approx(expected, rel=1e-5)


def test_the_whole_loss_against_loops(sample):
    coarse, refined, maps, mask = sample
    found = lggd_losses(*(torch.tensor(x) for x in sample))
    small_maps, small_mask = halved(maps), halved(mask)
    coarse_mask = looped_mask_loss(coarse[:, 0], small_mask)
    coarse_grasp = looped_grasp_loss(coarse, small_maps, small_mask)
    assert float(found["mask"]) == pytest.approx(looped_mask_loss(refined[:, 0], mask) + 0.5 * coarse_mask, rel=1e-5)
    assert float(found["grasp"]) == pytest.approx(looped_grasp_loss(refined, maps, mask) + 0.5 * coarse_grasp, rel=1e-5)
