"""The detector that is never wrong."""

import numpy as np
from scipy.spatial.transform import Rotation

from lggd_ros.benchmark.truth import APART, TrueDetector, moved
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.labels import Grasp3D
from lggd_ros.tabletop.scenes import make_scene


def test_it_sees_the_target_and_its_labelled_grasps():
    world = RobotWorld(make_scene("scattered", 3, "test"))
    view = world.render_camera()
    number = 1 + [thing.model.name for thing in world.scene.objects].index(world.scene.target)
    found = TrueDetector(world).detect(view.color, world.scene.instruction)
    assert found.status == "found" and np.array_equal(found.mask, view.instances == number)
    assert 1 <= len(found.grasps) <= 5
    assert found.grasps[0].quality == max(grasp.quality for grasp in found.grasps)
    rows, columns = np.nonzero(found.mask)
    for grasp in found.grasps:
        assert np.hypot(columns - grasp.x, rows - grasp.y).min() < 15
        assert all(np.hypot(grasp.x - g.x, grasp.y - g.y) > APART for g in found.grasps if g is not grasp)


def test_what_the_camera_does_not_see_is_absent():
    world = RobotWorld(make_scene("isolated", 3, "test"))
    thing = world.model.joint(world.model.body(world.scene.target).jntadr[0])
    world.data.qpos[thing.qposadr[0]] += 5.0
    world.step()
    found = TrueDetector(world).detect(world.render_camera().color, "the thing")
    assert found.status == "absent" and not found.grasps


def test_a_thing_that_tilts_where_it_stands_keeps_its_grasp_near():
    pose, tilt = np.eye(4), np.eye(4)
    pose[:3, 3] = 0.5, 0.1, 0.04
    tilt[:3, :3] = Rotation.from_euler("y", 5, degrees=True).as_matrix()
    about = np.eye(4)
    about[:3, 3] = pose[:3, 3]
    tilted = moved(Grasp3D(pose, 0.03, 0.06, 1.0), about @ tilt @ np.linalg.inv(about))
    np.testing.assert_allclose(tilted.pose[:3, 3], pose[:3, 3], atol=1e-9)
    assert abs(tilted.surface - 0.06) < 0.001


def test_a_thing_that_is_lifted_takes_its_grasp_along():
    pose, up = np.eye(4), np.eye(4)
    up[2, 3] = 0.1
    lifted = moved(Grasp3D(pose, 0.03, 0.06, 1.0), up)
    assert (lifted.pose[2, 3], lifted.surface) == (0.1, 0.16)
