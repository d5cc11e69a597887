"""Boxes on a table, seen by an exact pinhole camera: every number that lifting returns is known in advance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lggd_ros.grasps.camera import PinholeCamera
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP, LiftError, lift_grasp
from lggd_ros.grasps.planar import PlanarGrasp

CAMERA = PinholeCamera(300, 300, 159.5, 119.5, 320, 240)
TABLE = 0.6


def look_down_on(boxes):
    """Depth and instance ids of boxes (x, y, half x, half y, height) on a table, seen from straight above."""
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    depth, ids = np.full(u.shape, TABLE), np.zeros(u.shape, int)
    for number, (x, y, half_x, half_y, height) in enumerate(boxes, start=1):
        top = TABLE - height
        at = CAMERA.deproject(np.stack([u, v], -1), np.full(u.shape, top))
        inside = (abs(at[..., 0] - x) < half_x) & (abs(at[..., 1] - y) < half_y)
        depth[inside], ids[inside] = top, number
    return depth, ids


def grasp_across(x, y, height, opening, angle=0.0):
    u, v = CAMERA.project(np.array([x, y, TABLE - height]))
    return PlanarGrasp(u, v, angle, opening * CAMERA.fx / (TABLE - height), 10)


def lift(grasp, boxes, target=1, **options):
    depth, ids = look_down_on(boxes)
    return lift_grasp(grasp, CAMERA.point_cloud(depth), ids == target, CAMERA, **options)


@settings(max_examples=25, deadline=None)
@given(st.floats(-0.1, 0.1), st.floats(-0.08, 0.08), st.floats(0.05, 0.1), st.floats(0.012, 0.025))
def test_a_box_is_grasped_at_its_middle_below_its_top(x, y, height, half):
    lifted = lift(grasp_across(x, y, height, 2 * half + 0.02), [(x, y, half, 0.04, height)])
    assert np.allclose(lifted.pose[:2, 3], [x, y], atol=0.004)
    assert lifted.pose[2, 3] == pytest.approx(TABLE - height + min(0.03, 0.6 * height), abs=0.002)
    assert lifted.object_width == pytest.approx(2 * half, abs=0.006)
    assert lifted.opening > lifted.object_width


@given(st.floats(-1.5, 1.5))
@settings(max_examples=25, deadline=None)
def test_the_pose_is_a_rotation_that_closes_along_the_angle_and_approaches_along_gravity(angle):
    pose = lift(grasp_across(0, 0, 0.05, 0.07, angle), [(0, 0, 0.02, 0.02, 0.05)]).pose
    assert np.allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-9)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    assert np.allclose(pose[:3, 1], [np.cos(angle), np.sin(angle), 0], atol=1e-6)
    assert np.allclose(pose[:3, 2], [0, 0, 1])


def test_finger_tips_stay_above_the_table_under_a_flat_thing():
    pose = lift(grasp_across(0, 0, 0.02, 0.06), [(0, 0, 0.02, 0.05, 0.02)]).pose
    assert pose[2, 3] + FINGER_BEYOND_TCP < TABLE


def test_a_neighbour_under_a_finger_raises_the_hand():
    free = lift(grasp_across(0, 0, 0.1, 0.06), [(0, 0, 0.02, 0.03, 0.1)])
    beside = [(0, 0, 0.02, 0.03, 0.1), (0.05, 0, 0.02, 0.03, 0.07)]
    raised = lift(grasp_across(0, 0, 0.1, 0.06), beside)
    assert raised.pose[2, 3] < free.pose[2, 3]
    assert raised.pose[2, 3] + FINGER_BEYOND_TCP < TABLE - 0.07


@settings(max_examples=25, deadline=None)
@given(st.floats(0.02, 0.06), st.floats(0.025, 0.06), st.floats(0.018, 0.025))
def test_finger_tips_stay_above_what_a_thing_lies_on_though_it_is_as_narrow_as_the_thing(deck, height, half):
    """A long box under a shorter one: between the fingers, nothing of the lower one is seen."""
    boxes = [(0, 0, half, 0.07, deck), (0, 0, half, 0.02, deck + height)]
    pose = lift(grasp_across(0, 0, deck + height, 2 * half + 0.02), boxes, target=2).pose
    assert pose[2, 3] + FINGER_BEYOND_TCP < TABLE - deck
    alone = lift(grasp_across(0, 0, height, 2 * half + 0.02), [(0, 0, half, 0.02, height)]).pose
    assert pose[2, 3] == pytest.approx(alone[2, 3] - deck, abs=0.002)


def test_a_neighbour_that_touches_a_thing_on_one_side_is_not_what_it_lies_on():
    free = lift(grasp_across(0, 0, 0.1, 0.06), [(0, 0, 0.02, 0.03, 0.1)])
    beside = lift(grasp_across(0, 0, 0.1, 0.06), [(0, 0, 0.02, 0.03, 0.1), (0, 0.05, 0.02, 0.02, 0.07)])
    assert beside.pose[2, 3] == pytest.approx(free.pose[2, 3], abs=0.001)


def test_a_neighbour_of_equal_height_leaves_no_room():
    with pytest.raises(LiftError, match="no room"):
        lift(grasp_across(0, 0, 0.1, 0.06), [(0, 0, 0.02, 0.03, 0.1), (0.05, 0, 0.025, 0.03, 0.1)])


RIM, FLOOR = 0.022, 0.002  # heights of a tray's parts


@pytest.mark.parametrize("missed_by", [0.0, 0.005])
def test_a_tray_is_held_by_its_rim_though_the_grasp_missed_it_a_little(missed_by):
    depth, ids = look_down_on([(0, 0, 0.06, 0.06, FLOOR), (0.056, 0, 0.004, 0.06, RIM), (-0.056, 0, 0.004, 0.06, RIM)])
    grasp = grasp_across(0.056 - missed_by, 0, RIM, 0.026)
    lifted = lift_grasp(grasp, CAMERA.point_cloud(depth), ids > 0, CAMERA)
    assert lifted.pose[0, 3] == pytest.approx(0.056, abs=0.002)
    assert lifted.object_width == pytest.approx(0.008, abs=0.004)
    assert TABLE - RIM < lifted.pose[2, 3] < TABLE - FLOOR - FINGER_BEYOND_TCP


def test_fingers_do_not_come_down_on_the_thing_itself():
    with pytest.raises(LiftError, match="no room for the finger tips"):
        lift(grasp_across(0, 0, 0.05, 0.03), [(0, 0, 0.08, 0.08, 0.05)])


def test_a_thing_wider_than_the_hand_is_refused():
    with pytest.raises(LiftError, match="too wide"):
        lift(grasp_across(0, 0, 0.05, 0.12), [(0, 0, 0.05, 0.05, 0.05)])


def test_missing_depth_is_named():
    depth, ids = look_down_on([(0, 0, 0.02, 0.03, 0.1)])
    depth[ids == 1] = 0
    with pytest.raises(LiftError, match="depth missing"):
        lift_grasp(grasp_across(0, 0, 0.1, 0.06), CAMERA.point_cloud(depth), ids == 1, CAMERA)


@pytest.mark.parametrize(("x", "y"), [(-9.4, 120), (160, -9.4), (500, 120)])
def test_a_grasp_outside_of_the_picture_has_no_depth(x, y):
    depth, ids = look_down_on([(0, 0, 0.02, 0.03, 0.1)])
    with pytest.raises(LiftError, match="depth missing"):
        lift_grasp(PlanarGrasp(x, y, 0.0, 30, 10), CAMERA.point_cloud(depth), ids >= 0, CAMERA)


def test_with_a_tilted_camera_the_hand_still_comes_along_gravity():
    tilt = np.deg2rad(20)
    up = np.array([0, -np.sin(tilt), -np.cos(tilt)])
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    rays = CAMERA.deproject(np.stack([u, v], -1), np.ones(u.shape))
    table = TABLE / -(rays @ up)
    top = (TABLE - 0.06) / -(rays @ up)
    at = rays * top[..., None]
    centre = np.array([0.0, 0.0, 1.0]) * (TABLE - 0.06) / np.cos(tilt)
    across, along = np.array([1.0, 0, 0]), np.cross(up, [1.0, 0, 0])
    offset = at - centre
    inside = (abs(offset @ across) < 0.02) & (abs(offset @ along) < 0.03)
    cloud = rays * np.where(inside, top, table)[..., None]
    u0, v0 = CAMERA.project(centre)
    lifted = lift_grasp(PlanarGrasp(u0, v0, 0.0, 0.06 * 300 / centre[2], 10), cloud, inside, CAMERA, up)
    assert np.allclose(lifted.pose[:3, 2], -up, atol=1e-9)
    assert np.allclose(lifted.pose[:3, 3], centre - 0.03 * up, atol=0.005)


def test_a_width_that_is_not_seen_is_not_made_up():
    depth, _ = look_down_on([(0, 0, 0.02, 0.03, 0.05)])
    speck = np.zeros(depth.shape, bool)
    speck[118:120, 159:161] = True
    with pytest.raises(LiftError, match="only 4 points of the thing between the fingers"):
        lift_grasp(grasp_across(0, 0, 0.05, 0.06), CAMERA.point_cloud(depth), speck, CAMERA)
