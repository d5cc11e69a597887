"""Who has the robot, and who is told to stop."""

from lggd_ros.nodes.turns import Turns


def test_one_at_a_time_has_the_robot():
    turns = Turns()
    with turns.take() as first, turns.take() as second:
        assert first is not None and second is None
    with turns.take() as third:
        assert third is not None and not third.cancelled


def test_a_stop_is_of_who_has_the_robot():
    turns = Turns()
    with turns.take() as cancel:
        assert not turns.stop(timeout=0.0) and cancel.cancelled and turns.stopping
    assert turns.stop(timeout=0.0)


def test_a_stop_is_also_of_who_has_asked_for_the_robot_and_of_nobody_later():
    turns = Turns()
    asked = turns.stops
    turns.stop(timeout=0.0)
    with turns.take(asked) as cancel:
        assert cancel.cancelled
    with turns.take(turns.stops) as cancel:
        assert not cancel.cancelled
