import numpy as np
import pytest
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from lggd_ros.simulation.conversions import to_duration, to_time
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros.simulation.trajectory_goal import GoalError, Result, read_tolerances, read_trajectory


def goal(times=(0.5, 1.0), names=ARM_JOINTS, stamp=0.0, velocities=True, **tolerances):
    points = [
        JointTrajectoryPoint(
            positions=[index + time for index in range(7)],
            velocities=[0.0] * 7 if velocities else [],
            time_from_start=to_duration(time),
        )
        for time in times
    ]
    trajectory = JointTrajectory(joint_names=names, points=points)
    trajectory.header.stamp = to_time(stamp)
    return FollowJointTrajectory.Goal(trajectory=trajectory, **tolerances)


def test_reads_times_and_derivatives():
    times, derivatives = read_trajectory(goal(), now=5.0)
    np.testing.assert_allclose(times, [0.5, 1.0])
    assert derivatives.shape == (2, 2, 7)
    np.testing.assert_allclose(derivatives[1, 0], np.arange(7) + 1.0)


def test_puts_joints_into_the_arms_order():
    _, derivatives = read_trajectory(goal(names=ARM_JOINTS[::-1]), now=0.0)
    np.testing.assert_allclose(derivatives[0, 0], np.arange(7)[::-1] + 0.5)


def test_a_stamp_shifts_the_start():
    np.testing.assert_allclose(read_trajectory(goal(stamp=7.0), now=5.0)[0], [2.5, 3.0])
    np.testing.assert_allclose(read_trajectory(goal(stamp=4.2), now=5.0)[0], [0.2], atol=1e-9)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (goal(times=()), Result.INVALID_GOAL),
        (goal(times=(0.5, 0.5)), Result.INVALID_GOAL),
        (goal(names=ARM_JOINTS[:6]), Result.INVALID_JOINTS),
        (goal(names=(*ARM_JOINTS[:6], "elbow")), Result.INVALID_JOINTS),
        (goal(stamp=3.0), Result.OLD_HEADER_TIMESTAMP),
    ],
)
def test_refuses_with_the_controllers_code(bad, code):
    with pytest.raises(GoalError) as refusal:
        read_trajectory(bad, now=5.0)
    assert refusal.value.code == code


def test_refuses_an_end_in_motion_and_uneven_points():
    moving, uneven = goal(), goal()
    moving.trajectory.points[-1].velocities = [0.5] * 7
    uneven.trajectory.points[0].velocities = []
    for bad in (moving, uneven):
        with pytest.raises(GoalError) as refusal:
            read_trajectory(bad, now=0.0)
        assert refusal.value.code == Result.INVALID_GOAL


def test_tolerances_zero_is_default_and_negative_is_none():
    wanted = [JointTolerance(name="fr3_joint2", position=0.3), JointTolerance(name="fr3_joint3", position=-1.0)]
    tolerances = read_tolerances(goal(path_tolerance=wanted, goal_time_tolerance=to_duration(2.0)))
    np.testing.assert_allclose(tolerances.path, [0.1, 0.3, np.inf, 0.1, 0.1, 0.1, 0.1])
    assert tolerances.goal_time == 2.0
    with pytest.raises(GoalError, match="elbow"):
        read_tolerances(goal(goal_tolerance=[JointTolerance(name="elbow", position=0.1)]))
