"""Where things truly are, and which of them a place shows."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.network.finder import Clues, Places
from lggd_ros.training.places import centre_loss, find_losses, heat, mixed, owners, shaken, true_places

HEIGHT, WIDTH = 12, 16
NOWHERE = torch.zeros(1, 4, dtype=torch.bool)  # nothing lies on another thing
boxes = st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(3, 6), st.integers(3, 8))


def scene(*rectangles):
    """Instances (1, 2 HEIGHT, 2 WIDTH): rectangles (top, left, bottom, right) by their ids."""
    plane = torch.zeros(1, 2 * HEIGHT, 2 * WIDTH, dtype=torch.uint8)
    for number, (top, left, bottom, right) in enumerate(rectangles, start=1):
        plane[0, top:bottom, left:right] = number
    return plane


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10), st.integers(0, 10), st.integers(4, 12), st.integers(4, 20))
def test_boxes_hug_what_is_seen(top, left, rows, columns):
    places, ids = true_places(scene((top, left, top + rows, left + columns)), NOWHERE, 3)
    assert ids.tolist() == [[1, 0, 0]] and places.there.tolist() == [[1, 0, 0]]
    assert (2 * places.box[0, 0]).tolist() == [left, top, left + columns, top + rows]
    assert (4 * places.share[0, 0]).sum() == rows * columns and places.share[0, 1:].sum() == 0


def test_shaken_boxes_stay_where_their_things_are():
    torch.manual_seed(0)
    places, _ = true_places(scene((0, 0, 8, 8), (8, 8, 20, 28)), NOWHERE, 3)
    off = torch.stack([shaken(places).box - places.box for _ in range(400)])
    assert off.std(0)[0].mean(1).tolist() == pytest.approx([0.06 * 8, 0.06 * 4, 0], rel=0.15)
    assert off.mean(0).abs().max() < 0.1


def test_the_largest_things_come_first_and_specks_are_left_out():
    places, ids = true_places(scene((0, 0, 4, 4), (8, 8, 20, 20), (0, 20, 2, 22)), NOWHERE, 4)
    assert ids.tolist() == [[2, 1, 0, 0]] and places.there.sum() == 2


def test_only_what_is_said_to_lie_on_another_thing_does():
    first_does = torch.tensor([[False, True]])
    places, ids = true_places(scene((0, 0, 4, 4), (8, 8, 20, 20)), first_does, 3)
    assert ids.tolist() == [[2, 1, 0]] and places.laid.tolist() == [[0, 1, 0]]


def test_every_true_place_is_owned_by_its_thing():
    places, ids = true_places(scene((0, 0, 6, 6), (8, 8, 20, 20), (1, 10, 2, 30)), NOWHERE, 3)
    assert owners(places, places, ids).tolist() == ids.tolist() == [[2, 1, 3]], "thin things fill no cell"


def test_a_place_that_shows_another_thing_or_the_table_has_no_owner():
    truth, ids = true_places(scene((0, 0, 8, 8), (8, 16, 20, 28)), NOWHERE, 2)
    both = truth.share.sum(1, keepdim=True).expand(-1, 2, -1, -1)
    part = truth.share * (torch.arange(WIDTH) < 9)
    assert ids.tolist() == [[2, 1]]
    assert owners(truth._replace(share=both), truth, ids).tolist() == [[2, 2]], "more than half of it is the larger"
    assert owners(truth._replace(share=1 - both), truth, ids).sum() == 0
    assert owners(truth._replace(share=part), truth, ids).tolist() == [[0, 1]]
    assert owners(truth._replace(there=torch.zeros(1, 2)), truth, ids).sum() == 0


def test_heat_is_one_in_the_middle_of_things_only():
    places, _ = true_places(scene((0, 0, 6, 6), (8, 8, 20, 20)), NOWHERE, 3)
    warm = heat(places)
    assert (warm == 1).sum() == 2 and warm[0, 1, 1] == 1 and warm[0, 7, 7] == 1
    assert warm[0, 7, 8] > warm[0, 7, 9] > warm[0, 7, 12]


def test_a_finder_that_knows_has_hardly_a_loss():
    instances = scene((0, 0, 6, 6), (8, 8, 20, 20))
    truth, _ = true_places(instances, torch.tensor([[False, False, True]]), 3)
    inside = truth.share.sum(1)
    votes = (truth.share[:, :, None] * truth.box[..., None, None]).sum(1)
    laid = (truth.share * (2 * truth.laid - 1)[..., None, None]).sum(1)
    right = Clues(torch.where(heat(truth) == 1, 9.0, -9.0), 20 * inside - 10, votes, 9 * laid)
    wrong = Clues(-right.centre, -right.inside, votes + 5, -right.laid)
    good, bad = (find_losses(clues, truth) for clues in (right, wrong))
    assert set(good) == {"centres", "inside", "boxes", "laid", "owners"}
    assert all(good[name] < 0.1 < bad[name] for name in good)


def test_cells_near_a_centre_cost_less_than_those_far_from_it():
    truth, _ = true_places(scene((8, 8, 20, 20)), NOWHERE, 1)
    near, far = torch.full((2, 1, HEIGHT, WIDTH), -9.0)
    near[0, 7, 8], far[0, 1, 1] = 2.0, 2.0
    assert centre_loss(near, heat(truth)) < centre_loss(far, heat(truth))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_images_are_looked_at_in_one_way_or_the_other(count):
    one, other = (
        Places(*(torch.full(shape, value) for shape in ((2, 3, 4), (2, 3), (2, 3), (2, 3, 5, 6))))
        for value in (1.0, 2.0)
    )
    ids = torch.ones(2, 3, dtype=torch.long)
    places, which = mixed((one, ids), (other, 2 * ids), count)
    expected = [1] * count + [2] * (2 - count)
    assert which[:, 0].tolist() == expected and all(field.flatten(1)[:, 0].tolist() == expected for field in places)
