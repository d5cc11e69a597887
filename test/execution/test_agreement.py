"""When two looks have seen the same thing, and how long it is worth looking on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggd_ros.execution.agreement import same_thing, verdict
from lggd_ros.execution.interfaces import GraspCandidate, Sighting

ABSENT = Sighting("absent", 0.1, [], message="not here")


def seen(x=0.0, y=0.0, half=(0.02, 0.02), height=0.03):
    """A thing with a flat top in a place."""
    steps = [np.arange(-side, side + 1e-6, 0.003) for side in half]
    top = np.stack(np.meshgrid(*steps), -1).reshape(-1, 2) + [x, y]
    return Sighting("found", 0.9, [], target=np.column_stack([top, np.full(len(top), height)]))


@given(st.floats(0, 0.004), st.integers(0, 99))
def test_a_thing_is_the_same_whatever_the_noise_and_in_either_order(noise, seed):
    one = seen()
    noisy = replace(
        one, target=one.target + np.random.default_rng(seed).normal(0, noise, one.target.shape).clip(-0.008)
    )
    assert same_thing(one, noisy) and same_thing(noisy, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (seen(), seen(x=0.05)),
        (seen(half=(0.1, 0.1)), seen(height=0.035)),  # an egg on its plate
        (seen(half=(0.08, 0.008)), seen(y=0.025, half=(0.08, 0.008))),  # forks side by side
        (seen(), replace(seen(), target=np.empty((0, 3)))),
    ],
)
def test_neighbours_are_different_things(one, other):
    assert not same_thing(one, other) and not same_thing(other, one)


def test_half_a_thing_behind_another_is_still_the_same():
    whole = seen(half=(0.05, 0.02))
    assert same_thing(whole, replace(whole, target=whole.target[whole.target[:, 0] < 0.02]))


def test_without_depth_grasps_tell_the_place():
    def at(x):
        pose = np.eye(4)
        pose[0, 3] = x
        return Sighting("found", 0.9, [GraspCandidate(pose, 0.06, 0.03, 1.0)])

    assert same_thing(at(0.5), at(0.505)) and not same_thing(at(0.5), at(0.53))


def test_the_last_look_must_agree_with_an_earlier_one():
    last = seen()
    for sightings in ([seen(), last], [seen(), ABSENT, last], [seen(), seen(0.1), last]):
        agreed = verdict(sightings, 2)
        assert agreed.status == "found" and agreed.target is last.target
    for sightings in ([seen()], [ABSENT], [seen(), seen(0.1)], [seen(), ABSENT]):
        assert verdict(sightings, 3) is None


def test_looks_that_agree_bring_their_grasps_together():
    def grasp(x, quality):
        pose = np.eye(4)
        pose[0, 3] = x
        return GraspCandidate(pose, 0.06, 0.03, quality)

    one = replace(seen(), candidates=[grasp(0.0, 0.8), grasp(0.03, 0.6)])
    elsewhere = replace(seen(0.1), candidates=[grasp(0.1, 0.9)])
    last = replace(seen(), candidates=[grasp(0.001, 0.7), grasp(-0.03, 0.5)])
    agreed = verdict([one, elsewhere, last], 2).candidates
    assert agreed == [last.candidates[0], one.candidates[1], last.candidates[1]]


def test_looking_ends_when_no_two_can_agree_any_more():
    assert verdict([ABSENT] * 3, 2) is None and verdict([ABSENT] * 4, 1) is ABSENT
    assert verdict([seen(), ABSENT], 1) is None and verdict([ABSENT, ABSENT], 1) is ABSENT


def test_what_was_found_here_and_there_is_in_doubt():
    for sightings in ([seen(), seen(0.1), ABSENT], [ABSENT, ABSENT, seen()], [seen(), seen(0.1), seen(0.2)]):
        doubt = verdict(sightings, 0)
        assert doubt.status == "ambiguous" and not doubt.candidates and "no two of 3 looks" in doubt.message


def test_one_look_alone_is_not_enough():
    assert verdict([seen()], 0).status == "ambiguous"


def test_what_is_found_nowhere_needs_no_second_look():
    nowhere = Sighting("found", 0.9, [], message="no depth")
    assert verdict([nowhere], 4) is nowhere
