"""The actions of the simulated arm: ``/fr3_arm_controller/follow_joint_trajectory``, and franka_ros2's
``/action_server/error_recovery``."""

from __future__ import annotations

import numpy as np
from control_msgs.action import FollowJointTrajectory
from franka_msgs.action import ErrorRecovery
from rclpy.action import ActionServer, CancelResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from std_msgs.msg import Header
from trajectory_msgs.msg import JointTrajectoryPoint

from lggd_ros.simulation.conversions import to_duration, to_time
from lggd_ros.simulation.physics import PhysicsThread
from lggd_ros.simulation.robot import ARM_JOINTS
from lggd_ros.simulation.trajectory import Outcome, TrajectoryFollower
from lggd_ros.simulation.trajectory_goal import GoalError, read_tolerances, read_trajectory

Result = FollowJointTrajectory.Result

ACTION = "/fr3_arm_controller/follow_joint_trajectory"
RECOVERY = "/action_server/error_recovery"
TICKS_PER_FEEDBACK = 5

ERRORS = {
    Outcome.CANCELLED: (Result.SUCCESSFUL, "cancelled; the arm is at rest"),
    Outcome.PREEMPTED: (Result.INVALID_GOAL, "replaced by a new goal"),
    Outcome.PATH_TOLERANCE_VIOLATED: (Result.PATH_TOLERANCE_VIOLATED, "a joint left its path tolerance"),
    Outcome.GOAL_TOLERANCE_VIOLATED: (
        Result.GOAL_TOLERANCE_VIOLATED,
        "a joint missed its goal tolerance",
    ),
}


class ArmServer:
    """Follows goals as they come, a new one replacing the old; one that cannot be followed is aborted with its code."""

    def __init__(self, node: Node, physics: PhysicsThread):
        self._physics = physics
        self._server = ActionServer(
            node,
            FollowJointTrajectory,
            ACTION,
            execute_callback=self._execute,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )
        self._recovery = ActionServer(
            node, ErrorRecovery, RECOVERY, self._recover, callback_group=ReentrantCallbackGroup()
        )

    def _recover(self, handle: ServerGoalHandle) -> ErrorRecovery.Result:
        with self._physics.locked:
            self._physics.world.recover()
        handle.succeed()
        return ErrorRecovery.Result()

    def _execute(self, handle: ServerGoalHandle) -> FollowJointTrajectory.Result:
        try:
            with self._physics.locked:
                follower = self._start(handle.request)
                self._wait(handle, follower)
        except GoalError as error:
            handle.abort()
            return Result(error_code=error.code, error_string=str(error))
        return _conclude(handle, follower.outcome)

    def _start(self, goal: FollowJointTrajectory.Goal) -> TrajectoryFollower:
        world = self._physics.world
        if world.in_reflex:
            raise GoalError(Result.INVALID_GOAL, f"the arm is in a reflex; recover it by {RECOVERY}")
        times, derivatives = read_trajectory(goal, world.time)
        return world.follow(times, derivatives, read_tolerances(goal))

    def _wait(self, handle: ServerGoalHandle, follower: TrajectoryFollower) -> None:
        ticks = 0
        while follower.outcome is None and self._physics.running:
            if handle.is_cancel_requested:
                follower.stop()
            if ticks % TICKS_PER_FEEDBACK == 0:
                handle.publish_feedback(self._feedback(follower))
            ticks += 1
            self._physics.wait_for_tick()

    def _feedback(self, follower: TrajectoryFollower) -> FollowJointTrajectory.Feedback:
        world, desired = self._physics.world, follower.set_point
        return FollowJointTrajectory.Feedback(
            header=Header(stamp=to_time(world.time)),
            joint_names=ARM_JOINTS,
            desired=_point(desired.positions, desired.velocities, follower.time),
            actual=_point(world.joint_positions, world.joint_velocities, follower.time),
            error=_point(
                desired.positions - world.joint_positions, desired.velocities - world.joint_velocities, follower.time
            ),
        )


def _conclude(handle: ServerGoalHandle, outcome: Outcome | None) -> FollowJointTrajectory.Result:
    if outcome is Outcome.SUCCEEDED:
        handle.succeed()
        return Result(error_code=Result.SUCCESSFUL)
    if outcome is Outcome.CANCELLED:
        handle.canceled()
    else:
        handle.abort()
    code, text = ERRORS[outcome] if outcome else (Result.INVALID_GOAL, "the simulation has ended")
    return Result(error_code=code, error_string=text)


def _point(positions: np.ndarray, velocities: np.ndarray, time: float) -> JointTrajectoryPoint:
    return JointTrajectoryPoint(
        positions=positions.tolist(), velocities=velocities.tolist(), time_from_start=to_duration(time)
    )
