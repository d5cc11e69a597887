"""The losses against straightforward NumPy."""

import numpy as np
import pytest
import torch

from lggd_ros.training.losses import grasp_loss, lggd_losses, map_losses, mask_loss, total


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def smooth_l1(error):
    return np.where(np.abs(error) < 1, 0.5 * error**2, np.abs(error) - 0.5)


@pytest.fixture
def truth():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3, 5, 6, 8)).astype(np.float32)
    maps = rng.uniform(-1, 1, size=(3, 4, 6, 8)).astype(np.float32)
    mask = (rng.random((3, 6, 8)) < 0.3).astype(np.float32)
    return logits, maps, mask


def test_mask_loss(truth):
    logits, _, mask = truth
    probability = sigmoid(logits[:, 0])
    entropy = -(mask * np.log(probability) + (1 - mask) * np.log(1 - probability))
    weight = np.where(mask > 0, 1.5, 1.0)
    found = mask_loss(torch.tensor(logits[:, 0]), torch.tensor(mask))
    assert float(found) == pytest.approx((weight * entropy).sum() / weight.sum(), rel=1e-5)


def test_grasp_loss_counts_pixels_inside_the_mask_only(truth):
    logits, maps, mask = truth
    ranges = [sigmoid, np.tanh, np.tanh, sigmoid]
    errors = np.stack([ranges[m](logits[:, m + 1]) - maps[:, m] for m in range(4)], 1)
    expected = smooth_l1(errors).transpose(0, 2, 3, 1)[mask > 0].mean()
    found = grasp_loss(*(torch.tensor(x) for x in truth))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_absent_things_have_no_grasp_loss(truth):
    logits, maps, mask = (torch.tensor(x) for x in truth)
    assert float(grasp_loss(logits, maps, torch.zeros_like(mask))) == 0


def test_coarse_maps_are_compared_at_their_own_resolution(truth):
    logits, maps, mask = (torch.tensor(x) for x in truth)
    half = torch.nn.functional.avg_pool2d(logits, 2)
    loss, _ = map_losses(half, maps, mask)
    assert float(loss) == pytest.approx(float(mask_loss(half[:, 0], torch.nn.functional.avg_pool2d(mask, 2))))


def test_refined_counts_once_and_coarse_half(truth):
    logits, maps, mask = (torch.tensor(x) for x in truth)
    losses = lggd_losses(torch.zeros_like(logits), torch.zeros_like(logits), maps, mask)
    assert float(losses["mask"]) == pytest.approx(1.5 * np.log(2), rel=1e-5)
    assert float(total(losses)) == pytest.approx(sum(float(v) for v in losses.values()))
