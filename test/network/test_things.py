"""Close-ups of things, what is small and large among them, and what is said of things told to their cells."""

import math

import pytest
import torch
from torch import nn

from lggd_ros.network.finder import STRIDE, Places
from lggd_ros.network.things import MARGIN, SIDE, CloseUp, Comparing, Things, crops, lay_out

HEIGHT, WIDTH = 12, 16
AS_IT_IS = nn.Identity()


def filling(*boxes):
    """Places of things that fill their boxes."""
    share = torch.zeros(1, len(boxes), HEIGHT, WIDTH)
    for number, (left, top, right, bottom) in enumerate(boxes):
        share[0, number, top:bottom, left:right] = 1
    return Places(torch.tensor([boxes]).float(), torch.zeros(1, len(boxes)), torch.ones(1, len(boxes)), share)


def picture(places):
    """Red where the first thing is, green where the second is."""
    image = torch.zeros(1, 3, HEIGHT * STRIDE, WIDTH * STRIDE)
    image[:, : places.share.shape[1]] = places.share.repeat_interleave(STRIDE, 2).repeat_interleave(STRIDE, 3)
    return image


def test_large_and_small_things_fill_their_close_ups_alike():
    places = filling((1, 1, 9, 9), (11, 6, 15, 10))
    shown = crops(picture(places), places, AS_IT_IS)
    assert shown.shape == (1, 2, 4, SIDE, SIDE)
    for number in range(2):
        middle = shown[0, number, number, SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4]
        assert middle.min() == 1 and shown[0, number, number].mean() == pytest.approx(MARGIN**-2, abs=0.03)
        assert shown[0, number, 3].mean() == pytest.approx(MARGIN**-2, abs=0.03)


def test_a_close_up_tells_the_thing_from_its_neighbour():
    places = filling((1, 1, 7, 7), (7, 1, 13, 7))
    theirs = crops(picture(places), places, AS_IT_IS)[0, :, 3]
    assert theirs[0, SIDE // 2, -1] < 0.1 and theirs[1, SIDE // 2, 0] < 0.1
    assert theirs[:, SIDE // 2, SIDE // 2].min() > 0.99


def test_a_finer_image_shows_more():
    places, stripes = filling((1, 1, 9, 9)), torch.arange(WIDTH * STRIDE * 2) % 2
    fine = stripes.float().expand(1, 3, HEIGHT * STRIDE * 2, -1)
    coarse = nn.functional.avg_pool2d(fine, 2)
    assert crops(fine, places, AS_IT_IS)[:, :, :3].std() > 0.2
    assert crops(coarse, places, AS_IT_IS)[:, :, :3].std() < 1e-6


def test_a_close_up_is_turned_as_a_whole():
    torch.manual_seed(0)
    places = filling((3, 2, 9, 8), (5, 3, 13, 9))
    image = torch.rand(1, 3, HEIGHT * STRIDE, WIDTH * STRIDE)
    upright = crops(image, places, AS_IT_IS)
    turned = crops(image, places, AS_IT_IS, torch.tensor([[math.pi / 2, math.pi]]))
    torch.testing.assert_close(turned[:, 0], upright[:, 0].rot90(1, (-2, -1)), atol=1e-4, rtol=0)
    torch.testing.assert_close(turned[:, 1], upright[:, 1].rot90(2, (-2, -1)), atol=1e-4, rtol=0)
    torch.testing.assert_close(crops(image, places, AS_IT_IS, torch.zeros(1, 2)), upright)


def test_in_training_empty_places_are_not_looked_at():
    torch.manual_seed(0)
    close_up, places = CloseUp(8, 3), filling((1, 1, 9, 9), (11, 6, 15, 10), (0, 0, 2, 2))
    nobody = places._replace(there=torch.tensor([[1.0, 1.0, 0.0]]))
    look, size = close_up.train()(picture(filling((1, 1, 9, 9))), nobody)
    assert look[0, 2].abs().sum() == 0 and size[0, 2] == 0
    torch.testing.assert_close(look[0, :2].norm(dim=-1), torch.ones(2))
    look, _ = close_up(picture(places), places._replace(there=torch.zeros(1, 3)))
    assert look[0, 1:].abs().sum() == 0


def test_a_thing_that_shows_twice_as_large_is_taken_for_that_before_anything_is_learnt():
    places = filling((1, 1, 9, 9), (11, 6, 15, 10))
    close_up = CloseUp(8, 3)
    for mode in (True, False):
        _, size = close_up.train(mode)(picture(places), places)
        assert (size[0, 0] - size[0, 1]).exp().item() == pytest.approx(2, rel=1e-4)


def test_small_and_large_is_told_of_what_is_plainly_so_among_its_kind():
    mug, book = torch.eye(4)[:2]
    comparing = Comparing(4)
    with torch.no_grad():
        comparing.kind.weight.zero_()[:4] = torch.eye(4)
        comparing.kind.bias.zero_()
        comparing.tell.weight[2:] = torch.eye(2)

    def told(*things):
        kinds, sizes, there = zip(*things, strict=True)
        feature = torch.stack(kinds)[None]
        return comparing(feature, torch.tensor([sizes]).log(), torch.tensor([there]))[0, :, 2:] > 0.3

    small, large, neither = [True, False], [False, True], [False, False]
    assert told((mug, 1.0, 1.0), (mug, 1.5, 1.0)).tolist() == [small, large]
    assert told((mug, 1.0, 1.0), (mug, 1.05, 1.0)).tolist() == [neither, neither]
    assert told((mug, 1.0, 1.0), (book, 1.5, 1.0)).tolist() == [neither, neither]
    assert told((mug, 1.0, 1.0), (mug, 1.5, 0.0))[0].tolist() == neither
    assert told((mug, 1.0, 1.0), (mug, 1.5, 1.0), (mug, 2.2, 1.0)).tolist() == [small, neither, large]


def test_centre_and_size_are_those_of_the_pixels():
    centre, area = lay_out(filling((0, 4, 8, 8), (12, 0, 16, 4)), 4)
    assert centre[0].tolist() == [[1.0, 1.5], [3.5, 0.5]]
    assert area[0].exp().tolist() == pytest.approx([2, 1])


def test_what_holds_of_a_thing_is_told_to_its_cells():
    places = filling((0, 4, 8, 8), (12, 0, 16, 4))
    things = Things(torch.zeros(1, 2, 8), places.there, *lay_out(places, 4), torch.zeros(1, 2), places.share)
    told = things.spread(torch.tensor([[[1.0], [5.0]]]), (3, 4))[0, 0]
    assert told.tolist() == [[0, 0, 0, 5], [1, 1, 0, 0], [0, 0, 0, 0]]
    assert torch.equal(things.select(torch.tensor([0, 0])).share[1], places.share[0])
