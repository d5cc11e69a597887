import numpy as np
import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import GraspCandidate
from lggd_ros.execution.outcome import PickFailure
from lggd_ros.execution.placing import FALL, carried_box, place_poses
from lggd_ros.execution.regions import Region
from lggd_ros.execution.safety import SafetyLimits
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.planning.robot_model import RobotModel
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros.simulation.robot import ARM_JOINTS

POSE = np.diag([1.0, -1.0, -1.0, 1.0])
POSE[:3, 3] = 0.5, 0.0, 0.03
GRASP = GraspCandidate(POSE, 0.06, 0.04, 0.9)
TRAY = Region("tray", (0.40, 0.28), (0.56, 0.40), 0.02)


def test_the_carried_box_holds_the_seen_points_and_reaches_the_table():
    seen = np.array([[0.47, -0.02, 0.06], [0.55, 0.02, 0.06]])
    box = carried_box(GRASP, seen)
    local = (seen - POSE[:3, 3]) @ POSE[:3, :3]
    assert (np.abs(local - box.pose[:3, 3]) <= box.half_sizes + 1e-9).all()
    assert box.pose[2, 3] + box.half_sizes[2] == pytest.approx(0.03), "the table is 3 cm below the tool"


def test_without_points_the_box_is_what_the_fingers_hold():
    assert carried_box(GRASP, np.empty((0, 3))).half_sizes[1] == pytest.approx(0.02)


def test_things_are_put_down_over_the_middle_at_their_own_height():
    first = next(place_poses(TRAY, GRASP, np.empty((0, 3))))
    assert first[2, 3] == pytest.approx(0.02 + 0.03 + FALL)
    assert np.abs(first[:2, 3] - [0.48, 0.34]).max() < 0.02
    np.testing.assert_allclose(first[:3, 2], [0, 0, -1])


def test_free_spots_come_before_those_where_something_lies():
    lying = np.array([[0.48, 0.34, 0.09]])
    poses = list(place_poses(TRAY, GRASP, lying))
    heights = [pose[2, 3] for pose in poses]
    assert heights == sorted(heights) and heights[-1] == pytest.approx(0.09 + 0.03 + FALL)


@pytest.fixture(scope="module")
def limits():
    return SafetyLimits(
        RobotModel(), PickConfig(observe_joints=tuple(OBSERVE_JOINTS), looks=1, workspace_max=(0.8, 0.45, 0.5))
    )


def trajectory(*positions):
    positions = np.array(positions)
    still = np.zeros_like(positions)
    return JointTrajectory(ARM_JOINTS, np.arange(len(positions), dtype=float), positions, still, still)


def test_a_motion_out_of_the_workspace_is_refused_and_one_back_into_it_is_not(limits):
    upright = np.array([0.0, -0.4, 0.0, -1.0, 0.0, 1.0, 0.785])
    assert not limits._config.in_workspace(limits.robot.fk(upright)[:3, 3])
    with pytest.raises(PickFailure, match="the way there at .* lies outside the workspace"):
        limits.check_motion(trajectory(OBSERVE_JOINTS, upright))
    limits.check_motion(trajectory(upright, OBSERVE_JOINTS))


def test_finger_tips_keep_their_height(limits):
    low = POSE.copy()
    low[2, 3] = 0.009
    with pytest.raises(PickFailure, match="lower than min_height, 1 mm"):
        limits.check_pose(low, "the grasp")
