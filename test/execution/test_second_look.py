import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.execution.second_look import has_left, was_another

AXIS = np.arange(-0.15, 0.15, 0.004)


def surface(height):
    """Points (N, 3) of a table seen from above, ``height(x, y)`` high."""
    x, y = np.meshgrid(AXIS, AXIS)
    return np.column_stack([x.ravel(), y.ravel(), height(x, y).ravel()])


def box(x, y, tall):
    return np.where((abs(x) < 0.02) & (abs(y) < 0.03), tall, 0.0)


def on_top(points):
    return points[points[:, 2] > 0.009]


@settings(deadline=None, max_examples=25)
@given(tall=st.floats(0.015, 0.2), noise=st.floats(0.0, 0.002), seed=st.integers(0, 99))
def test_a_thing_is_there_or_gone_whatever_the_noise(tall, noise, seed):
    rng = np.random.default_rng(seed)
    with_thing = surface(lambda x, y: box(x, y, tall) + rng.normal(0, noise, x.shape))
    without = surface(lambda x, y: rng.normal(0, noise, x.shape))
    target = on_top(surface(lambda x, y: box(x, y, tall)))
    assert has_left(target, with_thing) is False
    assert has_left(target, without) is True


def test_a_thing_taken_off_another_has_left():
    target = on_top(surface(lambda x, y: box(x, y, 0.08)))
    assert has_left(target, surface(lambda x, y: box(x, y, 0.05))) is True


def test_what_hides_the_place_says_nothing():
    """A camera in the room sees the hand there, and what it has lifted."""
    target = on_top(surface(lambda x, y: box(x, y, 0.05)))
    assert has_left(target, surface(lambda x, y: box(x, y, 0.05) + 0.15)) is None


def test_a_place_that_is_out_of_view_says_nothing():
    target = on_top(surface(lambda x, y: box(x, y, 0.05)))
    assert has_left(target, surface(lambda x, y: 0 * x) + [0.5, 0.0, 0.0]) is None
    assert has_left(target[:3], surface(lambda x, y: 0 * x)) is None


def test_what_was_another_thing_before_is_no_other_thing_now():
    both = surface(lambda x, y: box(x, y, 0.05) + box(x - 0.08, y, 0.05))
    thing, other = on_top(both[both[:, 0] < 0.04]), on_top(both[both[:, 0] > 0.04])
    others = both[both[:, 0] > 0.04]
    assert was_another(other + 0.001, thing, others)
    assert not was_another(thing + 0.001, thing, others), "it is where it was"
    assert not was_another(thing + [0.0, 0.1, 0.0], thing, others), "it has moved"
    assert not was_another(thing + [0.08, 0.0, 0.05], thing, others), "it has fallen onto the other one"
    assert not was_another(other[:3], thing, others), "too little is seen"
