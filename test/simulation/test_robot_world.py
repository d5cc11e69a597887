import numpy as np
import pytest

from lggd_ros.execution.interfaces import ArmError, Cancelled, CancelToken
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.simulation.in_process import SimulatedArm
from lggd_ros.simulation.mount import CAMERA, OBSERVE_JOINTS
from lggd_ros.simulation.trajectory import Outcome
from lggd_ros.simulation.views import Overview
from lggd_ros.simulation.world import PhysicsError, RobotWorld
from lggd_ros.tabletop.scenes import make_scene

FAST = OBSERVE_JOINTS + [1.5, 0.2, -0.9, 0.4, 1.0, 0.8, -1.2]


@pytest.fixture(scope="module")
def scattered():
    return RobotWorld(make_scene("scattered", 3, "test"))


def test_the_tool_tracks_a_fast_motion_within_a_millimetre(world_with, motion):
    world, ghost = world_with(), world_with()
    follower = world.follow_trajectory(motion(OBSERVE_JOINTS, FAST, 1.25))
    errors = []
    while follower.outcome is None:
        world.step()
        ghost.data.qpos[:7] = follower.set_point.positions
        ghost.step(0)
        errors.append(np.linalg.norm(world.tool_pose[:3, 3] - ghost.tool_pose[:3, 3]))
    assert follower.outcome is Outcome.SUCCEEDED
    assert max(errors) < 1e-3


@pytest.mark.parametrize("moment", [0.2, 0.6, 0.9])
def test_cancel_brings_the_arm_to_rest_within_the_bound(world_with, motion, moment):
    world = world_with()
    follower = world.follow_trajectory(motion(OBSERVE_JOINTS, FAST, 1.25))
    world.step(round(moment / 0.002))
    follower.stop()
    world.step(150)
    assert follower.outcome is Outcome.CANCELLED
    assert np.abs(world.joint_velocities).max() < 0.01


def test_the_in_process_arm_raises_when_cancelled_and_rests(world_with, motion):
    world, token = world_with(), CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        SimulatedArm(world).execute(motion(OBSERVE_JOINTS, FAST, 1.25), token)
    assert np.abs(world.joint_velocities).max() < 0.01


def test_a_trajectory_that_begins_elsewhere_is_refused_without_a_jump(world_with, motion):
    world = world_with()
    with pytest.raises(ArmError, match="path tolerance"):
        SimulatedArm(world).execute(motion(FAST, OBSERVE_JOINTS, 1.25), CancelToken())
    np.testing.assert_allclose(world.joint_positions, OBSERVE_JOINTS, atol=1e-3)


def test_a_trajectory_for_other_joints_is_refused(world_with):
    three = JointTrajectory(("a", "b", "c"), np.array([0.0, 1.0]), *[np.zeros((2, 3))] * 3)
    with pytest.raises(ArmError, match="fr3_joint1"):
        SimulatedArm(world_with()).execute(three, CancelToken())


def test_nothing_moves_or_is_held_at_first(scattered):
    scattered.step(250)
    for thing in scattered.scene.objects:
        moved = scattered.object_poses()[thing.model.name][:3, 3] - thing.pose[:3, 3]
        assert np.linalg.norm(moved) < 1e-3
    assert scattered.held_objects() == []


def test_the_camera_sees_every_object_where_it_is(scattered):
    image = scattered.render_camera()
    assert image.color.shape == (480, 640, 3) and image.depth.dtype == np.uint16
    for number, thing in enumerate(scattered.scene.objects, start=1):
        v, u = np.nonzero(image.instances == number)
        point = np.append(CAMERA.deproject(np.array([u.mean(), v.mean()]), 0.53), 1.0)
        seen = image.pose @ point
        hulls = np.concatenate(thing.model.hulls(thing.pose))[:, :2]
        assert (seen[:2] > hulls.min(axis=0) - 0.02).all() and (seen[:2] < hulls.max(axis=0) + 0.02).all()


def test_depth_is_as_good_as_a_d435s_and_no_better(scattered):
    image = scattered.render_camera()
    table = image.depth[(image.instances == 0) & (image.depth > 0)].astype(float)
    assert np.median(table) == pytest.approx(550, abs=1)
    assert 0.2 < table.std() < 5
    assert 0.001 < (image.depth == 0).mean() < 0.15
    assert not np.array_equal(image.depth, scattered.render_camera().depth)


def test_the_overview_shows_the_robot(scattered):
    picture = Overview(scattered.model, 320, 240).render(scattered.state)
    assert picture.shape == (240, 320, 3)
    assert (picture.min(axis=2) > 140).mean() > 0.03


def test_equal_scenes_run_equally(motion):
    worlds = [RobotWorld(make_scene("isolated", 1, "test")) for _ in range(2)]
    for world in worlds:
        world.follow_trajectory(motion(OBSERVE_JOINTS, FAST, 1.25))
        world.gripper.move(0.02, 0.1)
        world.step(300)
    np.testing.assert_array_equal(*[world.data.qpos for world in worlds])
    np.testing.assert_array_equal(*[world.render_camera().depth for world in worlds])


def test_physics_that_diverge_do_not_begin_anew_in_silence(world_with):
    world = world_with("box")
    world.data.qvel[-6:] = 1e12
    with pytest.raises(PhysicsError, match="diverged"):
        world.step()
    with pytest.raises(PhysicsError):  # and are over for good
        world.step()
