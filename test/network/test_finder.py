"""How clues become places, on grids where it is known what is where."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.network.finder import Clues, Finder, distance, owner

HEIGHT, WIDTH, K = 12, 16, 4
corners = st.tuples(st.integers(0, 2), st.integers(0, 3))


@pytest.fixture(scope="module")
def finder():
    torch.manual_seed(0)
    return Finder(K, 3).eval().requires_grad_(False)


def clues(boxes, laid=()):
    """Of things that fill their boxes (left, top, right, bottom), some of them laid on others: every cell is sure."""
    centre, inside = torch.full((1, HEIGHT, WIDTH), -9.0), torch.full((1, HEIGHT, WIDTH), -9.0)
    votes, on = torch.zeros(1, 4, HEIGHT, WIDTH), torch.full((1, HEIGHT, WIDTH), -9.0)
    for left, top, right, bottom in boxes:
        rows, columns = slice(top, bottom), slice(left, right)
        inside[0, rows, columns] = 9.0
        centre[0, (top + bottom) // 2, (left + right) // 2] = 5.0
        votes[0, :, rows, columns] = torch.tensor([left, top, right, bottom]).float()[:, None, None]
        on[0, rows, columns] = 9.0 if (left, top, right, bottom) in laid else -9.0
    return Clues(centre, inside, votes, on)


@settings(max_examples=30, deadline=None)
@given(st.lists(corners, min_size=1, max_size=K, unique=True))
def test_things_are_found_where_they_are(finder, places):
    boxes = [(4 * column, 4 * row, 4 * column + 3, 4 * row + 3) for row, column in places]
    found = finder.find(clues(boxes))
    there = found.box[0][found.there[0] > 0]
    assert sorted(map(tuple, there.round().int().tolist())) == sorted(boxes)
    for (left, top, right, bottom), share in zip(there.round().int().tolist(), found.share[0], strict=False):
        assert share[top:bottom, left:right].min() > 0.9
    assert found.share.sum() == pytest.approx(9 * len(boxes), rel=0.05)


def test_touching_things_share_no_cell(finder):
    found = finder.find(clues([(0, 0, 6, 4), (6, 0, 9, 4)]))
    whole = found.share[0][found.there[0] > 0]
    assert whole.shape[0] == 2 and (whole > 0.5).sum((1, 2)).sort().values.tolist() == [12, 24]
    assert whole.sum(0).max() <= 1


def test_one_thing_with_two_centres_is_found_once(finder):
    twice = clues([(2, 2, 10, 8)])
    twice.centre[0, 3, 3] = 4.0
    assert finder.find(twice).there.sum() == 1


@pytest.mark.parametrize("upper", [(6, 4, 9, 7), (1, 5, 15, 7)], ids=["egg", "spoon"])
def test_a_thing_on_the_middle_of_another_is_found_beside_it(finder, upper):
    plate = (2, 1, 13, 11)
    both = clues([plate])
    both.inside[0, upper[1] : upper[3], upper[0] : upper[2]] = 9.0
    both.box[0, :, upper[1] : upper[3], upper[0] : upper[2]] = torch.tensor(upper).float()[:, None, None]
    found = finder.find(both)
    there = found.there[0] > 0
    assert sorted(map(tuple, found.box[0][there].round().int().tolist())) == sorted([plate, upper])
    hidden = (upper[3] - upper[1]) * (min(upper[2], 13) - max(upper[0], 2))
    cells = [(upper[3] - upper[1]) * (upper[2] - upper[0]), 11 * 10 - hidden]
    assert sorted((found.share[0][there] > 0.5).sum((1, 2)).tolist()) == sorted(cells)


def test_a_thing_as_large_as_the_one_that_it_lies_on_is_found_beside_it(finder):
    plate, hammer = (2, 1, 13, 11), torch.zeros(1, HEIGHT, WIDTH, dtype=torch.bool)
    hammer[0, 1:11, 6:9] = hammer[0, 1:4, 2:13] = True
    alike, both = clues([plate]), clues([plate])
    both.laid[hammer] = 9.0
    assert finder.find(alike).there.sum() == 1
    found = finder.find(both)
    there = found.there[0] > 0
    assert sorted((found.share[0][there] > 0.5).sum((1, 2)).tolist()) == sorted([hammer.sum(), 110 - hammer.sum()])
    assert found.laid[0][there].round().sum() == 1


def test_nothing_is_found_where_nothing_is(finder):
    found = finder.find(clues([]))
    assert found.there.sum() == 0 and found.share.max() < 1e-3


def test_what_votes_for_another_box_belongs_to_a_stranger():
    one = clues([(0, 0, 4, 4), (8, 4, 16, 12)])
    box = torch.tensor([[[0.0, 0.0, 4.0, 4.0]]])
    whose = owner(one, box, torch.zeros(1, 1), torch.ones(1, 1))
    assert whose[0, 0, :4, :4].min() > 0.9 and whose[0, 1, 6:12, 10:16].min() > 0.9


def test_distances_are_relative_to_the_thing():
    box = torch.tensor([[[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 19.0, 19.0]]])[..., None, None]
    apart = distance(box + 1, box)
    assert apart.flatten().tolist() == pytest.approx([0.1, 0.05])


def test_every_cell_votes_for_a_box_around_it(finder):
    votes = finder(torch.rand(2, 3, 4 * HEIGHT, 4 * WIDTH)).box
    columns, rows = torch.arange(WIDTH) + 0.5, (torch.arange(HEIGHT) + 0.5)[:, None]
    assert (votes[:, 0] < columns).all() and (votes[:, 2] > columns).all()
    assert (votes[:, 1] < rows).all() and (votes[:, 3] > rows).all()
