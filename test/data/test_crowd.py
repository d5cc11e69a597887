"""Crowds keep what is true of their instances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.data.crowd import Crowd
from lggd_ros.data.scene import Scene

COLOURS = {1: (200, 30, 30), 2: (30, 30, 200)}


def plain(boxes):
    """A grey scene with coloured boxes: instance -> (top, left, bottom, right) in map pixels."""
    image, instances = np.full((96, 128, 3), 90, np.uint8), np.zeros((48, 64), np.uint8)
    for number, (top, left, bottom, right) in boxes.items():
        instances[top:bottom, left:right] = number
        image[2 * top : 2 * bottom, 2 * left : 2 * right] = COLOURS[number]
    labels = {number: (f"thing {number}", f"colour {number}") for number in boxes}
    return Scene("plain", image, instances, np.zeros((4, 48, 64), np.float16), {}, [], labels)


STOCK = plain({1: (10, 10, 16, 30), 2: (30, 40, 40, 50)})


@pytest.fixture(scope="module")
def crowd():
    return Crowd([STOCK])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_labels_and_pixels_agree(crowd, seed):
    scene = plain({1: (20, 20, 26, 26)})
    many = crowd(scene, np.random.default_rng(seed))
    assert set(np.unique(many.instances)) - {0} == set(many.labels)
    for instance, (kind, _) in many.labels.items():
        there = (many.instances == instance).repeat(2, 0).repeat(2, 1)
        assert (many.image[there] == COLOURS[int(kind[-1])]).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), hide=st.sampled_from([0.0, 0.25, 0.6]))
def test_of_everything_enough_is_seen(seed, hide):
    scene = plain({1: (20, 20, 26, 26)})
    many = Crowd([STOCK], hide=hide)(scene, np.random.default_rng(seed))
    stock = {"thing 1": 120, "thing 2": 100}
    for instance, (kind, _) in many.labels.items():
        whole = 36 if instance == 1 else stock[kind]  # the scene's own thing is smaller
        assert whole * (1 - hide) <= np.sum(many.instances == instance) <= whole


def test_things_lie_on_others_as_in_clutter(crowd):
    many = crowd(plain({}), np.random.default_rng(1))
    sizes = [np.sum(many.instances == instance) for instance in many.labels]
    assert any(size not in (100, 120) for size in sizes)


def test_large_things_find_a_place_when_tried_at_several():
    scene, stock = plain({1: (20, 20, 26, 26)}), [plain({1: (4, 4, 28, 36)})]
    crowds = [Crowd(stock, most=1, places=places, hide=0.0) for places in (1, 12)]
    once, often = ([len(crowd(scene, np.random.default_rng(seed)).labels) for seed in range(40)] for crowd in crowds)
    assert sum(often) > sum(once) + 5


def test_the_scene_itself_stays(crowd):
    scene = plain({1: (20, 20, 26, 26)})
    before = scene.image.copy(), scene.instances.copy(), dict(scene.labels)
    sizes = {len(crowd(scene, np.random.default_rng(seed)).labels) for seed in range(10)}
    assert max(sizes) > 3
    assert np.array_equal(scene.image, before[0]) and np.array_equal(scene.instances, before[1])
    assert scene.labels == before[2]


def test_what_the_view_cuts_off_is_not_pasted():
    crowd = Crowd([plain({1: (0, 10, 6, 30), 2: (30, 40, 40, 50)})])
    many = crowd(plain({}), np.random.default_rng(0))
    assert {kind for kind, _ in many.labels.values()} == {"thing 2"}


def test_an_empty_stock_pastes_nothing():
    many = Crowd([plain({})])(plain({1: (20, 20, 26, 26)}), np.random.default_rng(0))
    assert list(many.labels) == [1]
