"""Which grasp is taken among neighbours, with the real planner and made-up points."""

import numpy as np
import pytest

from lggd_ros.execution.choosing import Chooser, alike
from lggd_ros.execution.clearance import NEAR, HandClearance
from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import GraspCandidate, Sighting
from lggd_ros.execution.outcome import ErrorCode
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.execution.variations import from_above, variations
from lggd_ros.grasps.lift import FINGER_BEYOND_TCP
from lggd_ros.planning.config import WRIST_CAMERA
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.planning.planner import NO_POINTS
from lggd_ros.simulation.mount import OBSERVE_JOINTS

CONFIG = PickConfig(observe_joints=tuple(OBSERVE_JOINTS))
MARGIN = CONFIG.opening_margin


def top_down(x=0.5, y=0.0, z=0.02, yaw=0.0):
    """Closes along base y at yaw 0."""
    c, s = np.cos(yaw), np.sin(yaw)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[c, s, 0.0], [s, -c, 0.0], [0.0, 0.0, -1.0]])
    pose[:3, 3] = x, y, z
    return pose


def block(x, y, half_x, half_y, height):
    """Points (N, 3) of the top of an upright block, 2.5 mm apart."""
    u, v = (np.arange(-half, half + 1e-9, 0.0025) for half in (half_x, half_y))
    flat = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2) + [x, y]
    return np.column_stack([flat, np.full(len(flat), height)])


BAR = block(0.5, 0.0, 0.05, 0.012, 0.04)
ON_BAR = GraspCandidate(top_down(), 0.05, 0.024, 0.9)


@pytest.fixture(scope="module")
def planner():
    return EmbeddedPlanner()


def choose(planner, candidates, obstacles=NO_POINTS, target=BAR, tried=()):
    planner.set_obstacles(obstacles, target)

    def plan_reach(pose, opening):
        return planner.plan_reach(OBSERVE_JOINTS, pose, 0.1, 0.15, opening)

    chooser = Chooser(plan_reach, SafetyLimits(planner.robot, CONFIG), CONFIG, tried)
    return chooser.choose(Sighting("found", 1.0, candidates, obstacles, target))


def test_the_better_grasp_wins_where_both_are_free(planner):
    worse = GraspCandidate(top_down(x=0.53), 0.05, 0.024, 0.3)
    assert choose(planner, [worse, ON_BAR]).chosen.option.grasp.quality == 0.9


def test_a_grasp_with_room_wins_over_a_slightly_better_one_without(planner):
    wall = block(0.5, 0.075, 0.03, 0.01, 0.058)
    elsewhere = GraspCandidate(top_down(y=-0.2), 0.05, 0.024, 0.85)
    found = choose(planner, [ON_BAR, elsewhere], wall)
    assert found.chosen.option.name == "grasp 2"


def test_every_rejected_candidate_has_its_reason(planner):
    candidates = [
        GraspCandidate(top_down(x=0.95), 0.05, 0.024, 0.9),
        GraspCandidate(top_down(z=0.005), 0.05, 0.024, 0.9),
        GraspCandidate(top_down(y=0.3), 0.05, 0.024, 0.9),
    ]
    found = choose(planner, candidates, block(0.5, 0.38, 0.05, 0.02, 0.3), target=NO_POINTS)
    assert found.chosen is None
    assert [rejection.code for rejection in found.rejected] == [
        ErrorCode.OUTSIDE_WORKSPACE,
        ErrorCode.OUTSIDE_WORKSPACE,
        ErrorCode.GOAL_IN_COLLISION,
    ]
    words = ["lies outside the workspace", "lower than min_height", "fr3_hand hits an obstacle"]
    assert all(word in line for word, line in zip(words, found.lines, strict=True))


def test_a_blocked_grasp_is_turned_or_slid_to_where_the_hand_fits(planner):
    """Tall neighbours on both sides leave room only for a hand that closes along them."""
    cup = block(0.5, 0.0, 0.02, 0.02, 0.04)
    walls = np.concatenate([block(0.5, side * 0.102, 0.02, 0.012, 0.15) for side in (-1, 1)])
    found = choose(planner, [GraspCandidate(top_down(), 0.056, 0.04, 0.9)], walls, cup)
    assert found.chosen is not None and found.chosen.option.name == "variation of grasp 1", found.lines
    assert found.rejected[0].name == "grasp 1" and "fr3_hand hits an obstacle" in found.rejected[0].reason


def test_where_all_candidates_are_blocked_the_things_shape_suggests_others(planner):
    """A low roof over one half of a bar: no small variation of a grasp there gets out from under it."""
    bar, roof = block(0.5, 0.0, 0.15, 0.012, 0.04), block(0.39, 0.0, 0.06, 0.1, 0.08)
    found = choose(planner, [GraspCandidate(top_down(x=0.36), 0.05, 0.024, 0.9)], roof, bar)
    assert found.chosen is not None and found.chosen.option.name == "variation of the thing's shape", found.lines
    assert found.chosen.option.grasp.pose[0, 3] > 0.48


def test_what_failed_is_varied_and_comes_again_only_where_nothing_else_is_left(planner):
    once = choose(planner, [ON_BAR], tried=[ON_BAR.pose]).chosen.option
    assert once.name == "variation of grasp 1" and not alike(once.grasp.pose, ON_BAR.pose)
    again = choose(planner, [ON_BAR], target=NO_POINTS, tried=[ON_BAR.pose]).chosen.option
    assert again.name == "grasp 1"


def test_a_grasp_that_would_close_on_something_else_too_is_the_worse_one(planner):
    across = block(0.48, 0.0, 0.008, 0.018, 0.045)
    clear, crossed = (GraspCandidate(top_down(x=x), 0.05, 0.024, quality) for x, quality in ((0.52, 0.7), (0.48, 0.9)))
    assert choose(planner, [crossed, clear]).chosen.option.grasp.quality == 0.9
    assert choose(planner, [crossed, clear], across).chosen.option.grasp.quality == 0.7


def test_grasps_are_alike_whichever_finger_is_left():
    turned = top_down(yaw=np.pi)
    assert alike(top_down(), turned) and alike(top_down(x=0.505), turned)
    assert not alike(top_down(x=0.515), turned) and not alike(top_down(yaw=0.5), turned)
    tilted = top_down()
    tilted[:3, :3] = tilted[:3, :3] @ [[np.cos(0.35), 0, np.sin(0.35)], [0, 1, 0], [-np.sin(0.35), 0, np.cos(0.35)]]
    assert not alike(top_down(), tilted)


def test_variations_are_tilted_along_the_thing_and_held_as_deep():
    tilts = {
        round(np.degrees(np.arcsin(v.pose[0, 2]))) for v in variations(ON_BAR, BAR, MARGIN) if v.pose[1, 1] < -0.99
    }
    assert tilts == {-20, 0, 20}


def test_variations_stay_on_the_thing_and_fit_it():
    for varied in variations(ON_BAR, BAR, MARGIN):
        local = (BAR - varied.pose[:3, 3]) @ varied.pose[:3, :3]
        between = local[(abs(local[:, 0]) < 0.01) & (abs(local[:, 1]) < varied.opening / 2)]
        assert len(between) > 10
        assert np.ptp(between[:, 1]) == pytest.approx(varied.object_width, abs=0.004)
        assert varied.opening == pytest.approx(varied.object_width + 2 * MARGIN)
        assert varied.quality <= ON_BAR.quality


def test_a_bar_is_not_gripped_across_its_corners():
    angles = [abs(varied.pose[:3, 1] @ [0.0, 1.0, 0.0]) for varied in variations(ON_BAR, BAR, MARGIN)]
    assert min(angles) > np.cos(np.radians(25))


def test_without_a_grasp_the_things_shape_suggests_one_across_its_length(planner):
    plain = from_above(BAR, NO_POINTS)
    assert abs(plain.pose[:3, 1] @ [0.0, 1.0, 0.0]) > 0.99
    assert choose(planner, []).chosen.option.name == "variation of the thing's shape"
    assert from_above(BAR[:3], NO_POINTS) is None


def test_the_hand_that_comes_from_above_stays_above_what_a_thing_lies_on():
    deck = block(0.5, 0.0, 0.08, 0.05, 0.02)
    tips = {z: from_above(BAR + [0, 0, z], deck if z else NO_POINTS).pose[2, 3] - FINGER_BEYOND_TCP for z in (0, 0.02)}
    assert tips[0.02] == pytest.approx(0.02 + tips[0]) and tips[0] > 0


def test_clearance_is_measured_from_palm_camera_and_fingers():
    palm_side = np.array([[0.5, 0.115, 0.10]])
    far = np.array([[0.9, 0.4, 0.05]])
    for points, distance in ((palm_side, 0.013 - 0.005), (far, NEAR)):
        room = HandClearance(VoxelMap(points, 0.01), ()).at(top_down(), 0.05)
        assert room.distance == pytest.approx(distance, abs=1e-6)
    for y, voxels in ((0.035, 1), (0.0, 1), (0.06, 0)):  # in a finger, between the two, beyond
        room = HandClearance(VoxelMap(np.array([[0.5, y, 0.03]]), 0.01), ()).at(top_down(), 0.05)
        assert room.finger_voxels == voxels
    camera_side = HandClearance(VoxelMap(np.array([[0.575, 0.0, 0.09]]), 0.01), (WRIST_CAMERA,))
    assert camera_side.at(top_down(), 0.05).distance > 0.005, "the hand can be turned away"
