"""The detector that is never wrong."""

import numpy as np

from lggd_ros.benchmark.truth import APART, TrueDetector
from lggd_ros.simulation.world import RobotWorld
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
