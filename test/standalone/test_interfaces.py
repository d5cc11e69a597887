from control_msgs.action import FollowJointTrajectory, GripperCommand
from franka_msgs.action import ErrorRecovery, Grasp, Homing, Move
from franka_msgs.msg import GraspEpsilon
from tf2_msgs.msg import TFMessage

from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.msg import GraspDetection


def fields(interface):
    return list(interface.get_fields_and_field_types())


def test_tf_message_has_the_fields_of_geometry2():
    assert TFMessage.get_fields_and_field_types() == {"transforms": "sequence<geometry_msgs/TransformStamped>"}


def test_follow_joint_trajectory_has_the_fields_of_ros2_control():
    assert fields(FollowJointTrajectory.Goal) == [
        "trajectory",
        "multi_dof_trajectory",
        "path_tolerance",
        "component_path_tolerance",
        "goal_tolerance",
        "component_goal_tolerance",
        "goal_time_tolerance",
    ]
    assert fields(FollowJointTrajectory.Result) == ["error_code", "error_string"]
    assert FollowJointTrajectory.Result.GOAL_TOLERANCE_VIOLATED == -5


def test_gripper_command_has_the_fields_of_ros2_control():
    assert fields(GripperCommand.Goal) == ["command"]
    assert fields(GripperCommand.Result) == ["position", "effort", "stalled", "reached_goal"]


def test_gripper_actions_have_the_fields_of_franka_ros2():
    assert fields(Grasp.Goal) == ["width", "epsilon", "speed", "force"]
    assert fields(Move.Goal) == ["width", "speed"]
    assert fields(Homing.Goal) == fields(ErrorRecovery.Goal) == []
    for action in (Grasp, Move, Homing):
        assert fields(action.Result) == ["success", "error"]
        assert fields(action.Feedback) == ["current_width"]


def test_grasp_epsilon_defaults_to_five_millimetres():
    assert (GraspEpsilon().inner, GraspEpsilon().outer) == (0.005, 0.005)


def test_error_codes_are_unique():
    names = [name for name in dir(type(ExecuteGrasp.Result)) if name.isupper() and not name.startswith("_")]
    codes = [getattr(ExecuteGrasp.Result, name) for name in names]
    assert names and len(codes) == len(set(codes))


def test_detection_status_is_never_the_zero_of_an_unfilled_message():
    assert GraspDetection().status not in {GraspDetection.FOUND, GraspDetection.ABSENT, GraspDetection.AMBIGUOUS}
