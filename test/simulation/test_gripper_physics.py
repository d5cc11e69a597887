import mujoco
import numpy as np
import pytest

from lggd_ros.execution.interfaces import Cancelled, CancelToken, GripperError
from lggd_ros.simulation.in_process import SimulatedArm, SimulatedGripper
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros.simulation.robot import FINGERS

SHAPES = {"box": "box", "cylinder": "cylinder", "sphere": "ellipsoid"}


@pytest.fixture
def reach(motion, low, high):
    """Brings the open hand around the thing under the tool."""

    def go(world):
        arm = SimulatedArm(world)
        arm.execute(motion(OBSERVE_JOINTS, high, 1.5), CancelToken())
        arm.execute(motion(high, low, 1.0), CancelToken())
        return arm

    return go


def finger_force(world, finger):
    """Newtons with which a finger presses on anything."""
    force, total = np.zeros(6), 0.0
    for index, contact in enumerate(world.data.contact):
        bodies = [world.model.body(world.model.geom_bodyid[geom]).name for geom in contact.geom]
        if finger in bodies and "thing" in bodies:
            mujoco.mj_contactForce(world.model, world.data, index, force)
            total += force[0]
    return total


def finish(world, command):
    while command.success is None:
        world.step(5)
    return command


@pytest.mark.parametrize("force", [20.0, 40.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_holds_through_lift_and_shake(world_with, reach, motion, low, high, shape, force):
    half = 0.0225
    world = world_with(SHAPES[shape], (half, half, half))
    arm, gripper = reach(world), SimulatedGripper(world)
    assert gripper.grasp(2 * half, 0.005, 0.005, force, CancelToken())
    arm.execute(motion(low, high, 1.0), CancelToken())
    shaken = high + [0.15, 0, 0, 0, 0, 0.1, 0.25]
    for start, goal in [(high, shaken), (shaken, high)] * 3:
        arm.execute(motion(start, goal, 0.25), CancelToken())
    assert world.held_objects() == ["thing"]
    assert gripper.width() == pytest.approx(2 * half, abs=0.002)
    assert world.object_heights()["thing"] > 0.12


def test_lets_go_of_an_edge(world_with, reach):
    """The edge of a cup was caught in the groove between two studs of a pad, and stayed there."""
    half = 0.0285
    world = world_with("box", (0.002, half, half))
    reach(world)
    gripper = SimulatedGripper(world)
    gripper.grasp(2 * half, 0.005, 0.005, 40.0, CancelToken())
    assert gripper.width() == pytest.approx(2 * half, abs=0.001), "it lies on the pads, not between them"
    gripper.move(2 * half + 0.02, CancelToken())


def test_trembling_fingers_are_judged_in_the_end(world_with, reach, monkeypatch):
    """A grip on an edge can chatter for ever, faster than what counts as rest."""
    world = world_with("box", (0.02, 0.02, 0.02))
    reach(world)
    monkeypatch.setattr(type(world.gripper), "finger_velocities", np.array([0.01, -0.01]))
    started = world.time
    command = world.gripper.grasp(0.04, 0.1, 40.0, 0.005, 0.005)
    while command.success is None and world.time < started + 10:
        world.step(5)
    assert command.success and not world.gripper.busy


def test_each_finger_presses_with_the_force_asked_for(world_with, reach):
    world = world_with("box", (0.02, 0.02, 0.02))
    reach(world)
    assert SimulatedGripper(world).grasp(0.04, 0.005, 0.005, 30.0, CancelToken())
    assert [finger_force(world, finger) for finger in FINGERS] == pytest.approx([30.0, 30.0], rel=0.05)


def test_grasp_succeeds_only_within_the_epsilons(world_with, reach):
    world = world_with("box", (0.02, 0.02, 0.02))
    reach(world)
    gripper = SimulatedGripper(world)
    for width, inner, outer, holds in [(0.04, 0.003, 0.003, True), (0.03, 0.0, 0.005, False), (0.03, 0.0, 0.015, True)]:
        gripper.move(0.07, CancelToken())
        assert gripper.grasp(width, inner, outer, 20.0, CancelToken()) is holds


def test_stop_ends_the_force_of_a_grasp(world_with, reach):
    """So says franka_ros of libfranka's stop: who holds something must not ask for it."""
    world = world_with("box", (0.02, 0.02, 0.02))
    reach(world)
    assert SimulatedGripper(world).grasp(0.04, 0.005, 0.005, 30.0, CancelToken())
    world.gripper.stop()
    world.step(100)
    assert [finger_force(world, finger) for finger in FINGERS] == pytest.approx([0.0, 0.0], abs=2.0)


def test_an_empty_grasp_closes_and_fails(world_with):
    world = world_with()
    assert not SimulatedGripper(world).grasp(0.03, 0.005, 0.005, 20.0, CancelToken())
    assert world.gripper.width == pytest.approx(0.0, abs=1e-3)


def test_moves_to_a_width_at_the_speed_asked_for(world_with):
    world = world_with()
    start = world.time
    assert finish(world, world.gripper.move(0.02, speed=0.05)).success
    assert world.gripper.width == pytest.approx(0.02, abs=1e-3)
    assert 1.2 < world.time - start < 1.6


def test_homing_opens_fully(world_with):
    world = world_with()
    finish(world, world.gripper.move(0.03, speed=0.1))
    assert finish(world, world.gripper.homing()).success
    assert world.gripper.width == pytest.approx(0.08, abs=2e-3)


def test_a_move_that_is_blocked_fails(world_with, reach):
    world = world_with("box", (0.02, 0.02, 0.02))
    reach(world)
    with pytest.raises(GripperError, match="0.0100"):
        SimulatedGripper(world).move(0.01, CancelToken())


def test_a_new_command_replaces_the_old(world_with):
    world = world_with()
    closing = world.gripper.move(0.0, speed=0.05)
    world.step(50)
    opening = world.gripper.move(0.08, speed=0.1)
    assert closing.success is False and "preempted" in closing.error
    assert finish(world, opening).success


def test_cancel_stops_the_fingers_where_they_are(world_with):
    world, token = world_with(), CancelToken()
    world.gripper.move(0.0, speed=0.05)
    world.step(200)
    token.cancel()
    with pytest.raises(Cancelled):
        SimulatedGripper(world).grasp(0.04, 0.005, 0.005, 20.0, token)
    width = world.gripper.width
    world.step(200)
    assert world.gripper.width == pytest.approx(width, abs=2e-3)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((0.2, 0.1, 20.0, 0.005, 0.005), "width"), ((0.04, 0.0, 20.0, 0.005, 0.005), "speed"),
     ((0.04, 0.1, 200.0, 0.005, 0.005), "force"), ((0.04, 0.1, 20.0, -0.1, 0.005), "epsilon.inner")],
)  # fmt: skip
def test_refuses_what_the_hand_cannot(world_with, arguments, name):
    with pytest.raises(ValueError, match=name):
        world_with().gripper.grasp(*arguments)
