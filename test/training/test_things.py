"""Losses over cells and the things that they show."""

import math

import pytest
import torch

from lggd_ros.training.things import middles, named_loss, thing_loss

SHOWN = torch.tensor([[0, 1, 1, 1, 1, 2]])  # one thing on four cells, another on one


def test_a_thing_on_one_cell_counts_as_much_as_one_on_four():
    named = torch.tensor([[False, True, True, True, True, False]])
    logits = torch.tensor([[9.0, 1, 1, 1, 1, 3]])
    by_hand = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(3))) / 2
    assert thing_loss(logits, named, SHOWN).item() == pytest.approx(by_hand, rel=1e-5)


def test_what_is_not_shown_does_not_matter():
    named = torch.zeros(1, 6, dtype=torch.bool)
    nothing = torch.zeros(1, 6, dtype=torch.uint8)
    assert thing_loss(torch.full((1, 6), 9.0), named, nothing) == 0


def test_things_of_different_pictures_are_kept_apart():
    shown = torch.tensor([[1, 1], [1, 1]])
    named = torch.tensor([[True, True], [False, False]])
    right = thing_loss(torch.tensor([[9.0, 9.0], [-9.0, -9.0]]), named, shown)
    assert right < 0.001 < 8 < thing_loss(torch.tensor([[-9.0, -9.0], [9.0, 9.0]]), named, shown)


def test_the_middle_of_a_cell_says_what_it_shows():
    planes = torch.zeros(1, 8, 12)
    planes[0, 2, 6] = 5
    assert middles(planes, (2, 3)).tolist() == [[0, 5, 0, 0, 0, 0]]


def test_cells_and_things_are_both_asked():
    planes = torch.zeros(1, 8, 12)
    planes[0, :4, 4:8] = 1
    shown = torch.tensor([[0, 1, 2, 0, 0, 0]])
    right = torch.tensor([[-9.0, 9, -9, -9, -9, -9]])
    assert named_loss(right, planes, shown, (2, 3)) < 0.01
    background, other = right.clone(), right.clone()
    background[0, 3], other[0, 2] = 9, 9
    assert 0.01 < named_loss(background, planes, shown, (2, 3)) < named_loss(other, planes, shown, (2, 3))
