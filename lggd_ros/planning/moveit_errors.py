"""What went wrong in MoveIt, as the planner's and the arm's own errors with a sentence for a person."""

from __future__ import annotations

from lggd_ros.execution.interfaces import ArmAborted, ArmError
from lggd_ros.planning.planner import PlanningError
from lggd_ros.robot.arm import STOPPED_BY_OTHERS

# Every value of moveit_msgs/MoveItErrorCodes 2.6 but SUCCESS.
PLANNING_ERRORS = {
    0: ("internal", "MoveIt did not say how planning ended"),
    99999: ("internal", "MoveIt failed without a reason; its log tells more"),
    -1: ("no_path", "MoveIt found no collision-free path"),
    -2: ("no_path", "MoveIt's path collides after smoothing; make the margin wider"),
    -3: ("no_path", "the scene changed while MoveIt was planning; look again"),
    -4: ("internal", "the arm's controller failed; start it (ros2 control list_controllers)"),
    -5: ("internal", "MoveIt got no sensor data"),
    -6: ("timed_out", "MoveIt found no collision-free path in time"),
    -7: ("cancelled", "planning was stopped"),
    -10: ("start_in_collision", "the arm touches something where it is"),
    -11: ("start_in_collision", "the arm's position violates the path constraints"),
    -12: ("goal_in_collision", "the arm would touch something at the goal"),
    -13: ("goal_in_collision", "the goal violates the path constraints"),
    -14: ("goal_in_collision", "no position of the arm meets the goal without touching something"),
    -15: ("internal", "config/moveit/fr3.srdf has no such planning group"),
    -16: ("internal", "MoveIt cannot use the goal's constraints"),
    -17: ("internal", "MoveIt does not know the arm's position; are joint states published?"),
    -18: ("internal", "the robot description lacks a link that the goal names"),
    -19: ("internal", "the planning scene lacks an object that the request names"),
    -21: ("internal", "a transform is missing; is robot_state_publisher running?"),
    -22: ("internal", "MoveIt's collision checking is not available"),
    -23: ("internal", "the arm's joint states are too old; is the robot still connected?"),
    -24: ("internal", "MoveIt's sensor data are too old"),
    -25: ("internal", "MoveIt could not talk to another node"),
    -26: ("start_in_collision", "the arm is outside its joint limits; move it by hand (guiding mode)"),
    -27: ("no_ik", "the goal lies outside the joint limits"),
    -28: ("internal", "MoveIt does not know this kind of goal"),
    -29: ("internal", "MoveIt's planner crashed; its log tells more"),
    -30: ("internal", "MoveIt gave up; its log tells more"),
    -31: ("no_ik", "no joints within their limits reach the pose"),
}

PREEMPTED = "PREEMPTED"
# Every value of moveit_controller_manager::ExecutionStatus but SUCCEEDED.
_EXECUTION_ERRORS = {
    "UNKNOWN": "MoveIt did not say how the motion ended; its log tells more",
    "RUNNING": "MoveIt reports the motion as still running",
    PREEMPTED: STOPPED_BY_OTHERS,
    "TIMED_OUT": "the motion took longer than planned and was stopped; was the arm blocked?",
    "ABORTED": "the motion was aborted: the arm was not where it should start, or was held up on its way",
    "FAILED": "the arm's controller failed; start it (ros2 control list_controllers)",
}


def planning_error(code: int) -> PlanningError:
    """For a value of moveit_msgs/MoveItErrorCodes."""
    reason, sentence = PLANNING_ERRORS.get(code, ("internal", "MoveIt answered with an error that is not known here"))
    return PlanningError(reason, f"{sentence} (MoveIt error {code})")


def execution_error(status: str) -> ArmError:
    """For an ``ExecutionStatus.status``; ArmAborted where the arm may go on."""
    sentence = _EXECUTION_ERRORS.get(status, "MoveIt reports a status that is not known here")
    kind = ArmError if status == PREEMPTED else ArmAborted
    return kind(f"{sentence} (MoveIt status {status})")
