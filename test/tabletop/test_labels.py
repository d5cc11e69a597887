from dataclasses import replace

import numpy as np
import pytest
from floating_hand import holds, success
from hypothesis import given
from hypothesis import strategies as st

from lggd_ros.grasps.lift import FINGER_BEYOND_TCP, TIP_CLEARANCE
from lggd_ros.tabletop.heights import HeightMap, lowest_points
from lggd_ros.tabletop.labels import OPENING_MARGIN, Grasp3D, GraspSampler, tcp_height
from lggd_ros.tabletop.physics import compile_world
from lggd_ros.tabletop.rendering import CAMERA
from lggd_ros.tabletop.scenes import make_scene
from lggd_ros.tabletop.viewpoints import look_at

ABOVE = look_at(np.array([0.5, 0.0, 0.55]), np.array([0.5, 0.0, 0.0]))


@pytest.fixture(scope="module")
def scene():
    return make_scene("scattered", 3, "test")


def grasp_at(x, y, turn, surface=0.05, width=0.04):
    closing = np.array([np.cos(turn), np.sin(turn), 0.0])
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross(closing, [0, 0, -1]), closing, [0, 0, -1]], axis=1)
    pose[:3, 3] = [x, y, tcp_height(surface)]
    return Grasp3D(pose, width, surface, 1.0)


@given(st.floats(0.005, 0.3), st.floats(-0.05, 0.2))
def test_grasp_height_keeps_the_tips_off_the_support_and_the_palm_off_the_thing(height, support):
    tcp = tcp_height(support + height, support)
    assert tcp - FINGER_BEYOND_TCP - support >= TIP_CLEARANCE - 1e-12
    assert support + height - tcp <= 0.0301


@given(st.floats(0.4, 0.6), st.floats(-0.15, 0.15), st.floats(0, np.pi))
def test_image_of_a_grasp_seen_straight_from_above(x, y, turn):
    grasp = grasp_at(x, y, turn)
    planar = grasp.in_image(CAMERA, ABOVE)
    scale = CAMERA.fx / (0.55 - grasp.surface)
    assert (planar.x, planar.y) == pytest.approx((CAMERA.cx - y * scale, CAMERA.cy - (x - 0.5) * scale))
    assert planar.width == pytest.approx((0.04 + OPENING_MARGIN) * scale) and planar.height == pytest.approx(
        0.02 * scale
    )
    np.testing.assert_allclose(np.abs(planar.direction @ [-np.sin(turn), -np.cos(turn)]), 1, atol=1e-9)


def test_height_map_knows_what_lies_on_top(scene):
    model, data = compile_world(scene.appearance, scene.objects)
    heights = HeightMap(model, data)
    for thing in scene.objects:
        cells = heights.cells_of(model.body(thing.model.name).id)
        points = np.concatenate(thing.model.hulls(thing.pose))
        assert len(cells) and heights.heights[heights.cell(cells)].max() == pytest.approx(points[:, 2].max(), abs=0.004)
        assert (cells.min(axis=0) > points[:, :2].min(axis=0) - 0.005).all()
        assert (cells.max(axis=0) < points[:, :2].max(axis=0) + 0.005).all()


def test_lowest_points_are_those_of_the_outline(scene):
    model, data = compile_world(scene.appearance, scene.objects)
    lowest = lowest_points(model, data)
    for thing in scene.objects:
        outline = np.concatenate(thing.model.hulls(thing.pose))[:, 2].min()
        assert outline - 0.002 < lowest[model.body(thing.model.name).id] <= outline + 1e-9


def test_grasps_point_down_inside_their_thing_and_come_best_first(scene):
    for thing in scene.objects:
        points = np.concatenate(thing.model.hulls(thing.pose))
        qualities = [grasp.quality for grasp in thing.grasps]
        assert qualities == sorted(qualities, reverse=True) and qualities[-1] > 0 and qualities[0] <= 1
        for grasp in thing.grasps:
            np.testing.assert_allclose(grasp.pose[:3, :3] @ grasp.pose[:3, :3].T, np.eye(3), atol=1e-9)
            np.testing.assert_allclose(grasp.pose[:3, 2], [0, 0, -1], atol=1e-12)
            assert (grasp.pose[:2, 3] > points[:, :2].min(axis=0)).all()
            assert (grasp.pose[:2, 3] < points[:, :2].max(axis=0)).all()


def test_no_grasp_where_a_neighbour_is_in_the_way():
    """The same thing has fewer grasps in the company that it was packed with than alone."""
    scene = make_scene("cluttered", 2, "test")
    together = sum(len(thing.grasps) for thing in scene.objects)
    alone = 0
    for thing in scene.objects:
        model, data = compile_world(scene.appearance, [thing])
        alone += len(GraspSampler(model, data, np.random.default_rng(0)).grasps(thing.model.name))
    assert together < 0.8 * alone


@pytest.mark.parametrize(("setup", "seed"), [("scattered", 3), ("cluttered", 4)])
def test_grasps_hold_in_physics(setup, seed):
    outcomes = success([make_scene(setup, seed, "test")], np.random.default_rng(0))
    held = np.concatenate(list(outcomes.values()))
    assert len(held) >= 6 and held.mean() >= 0.9


def test_a_grasp_beside_its_thing_does_not_hold(scene):
    thing = scene.objects[0]
    pose = thing.grasps[0].pose.copy()
    pose[2, 3] += 0.1
    assert not holds(scene, thing, replace(thing.grasps[0], pose=pose))
