"""What the clients say when the robot does not do what it is told; that it does is tested with the simulator."""

import threading
import time
from asyncio import run
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from action_msgs.srv import CancelGoal
from control_msgs.action import FollowJointTrajectory
from franka_msgs.action import ErrorRecovery, Grasp, Move
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from sensor_msgs.msg import JointState

from lggd_ros.execution.interfaces import ArmAborted, ArmError, Cancelled, CancelToken, GripperError, PerceptionError
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.robot import actions, joints
from lggd_ros.robot.action_client import ActionClient
from lggd_ros.robot.arm import RosArm
from lggd_ros.robot.gripper import RosGripper
from lggd_ros.robot.waiting import wait_until, within

JOINTS = tuple(f"fr3_joint{i}" for i in range(1, 8))
FINGERS = ("fr3_finger_joint1", "fr3_finger_joint2")
STILL = np.zeros((2, 7))
NEVER_SILENT = 3_600_000_000_000  # nanoseconds
TRAJECTORY = JointTrajectory(JOINTS, np.array([0.0, 0.1]), STILL, STILL, STILL)


class Driver:
    """Publishes joint states in another order than asked for, and serves an action as told."""

    def __init__(self, node, topic, names, positions):
        self._node, self._names, self._positions = node, names[::-1], positions[::-1]
        self._publisher = node.create_publisher(JointState, topic, 10)
        self.timer = node.create_timer(0.02, self._publish)

    def _publish(self):
        message = JointState(name=self._names, position=self._positions, velocity=[0.0] * len(self._names))
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)

    def serve(self, kind, name, execute, **options):
        group = ReentrantCallbackGroup()
        self._server = ActionServer(self._node, kind, name, execute, callback_group=group, **options)


@pytest.fixture
def driver(make_node):
    return Driver(make_node("driver"), "/franka/joint_states", JOINTS, [0.1 * i for i in range(7)])


@pytest.fixture
def arm(make_node):
    return RosArm(make_node("client"), "fr3_arm_controller", JOINTS)


FOLLOW = "/fr3_arm_controller/follow_joint_trajectory"


def abort_with(code, text):
    def execute(handle):
        handle.abort()
        return FollowJointTrajectory.Result(error_code=code, error_string=text)

    return execute


def test_joints_are_read_by_name(driver, arm):
    assert np.allclose(arm.joint_positions(), 0.1 * np.arange(7))


def test_without_joint_states_the_topic_is_named(arm, monkeypatch):
    monkeypatch.setattr(joints, "START_TIMEOUT", 0.2)
    with pytest.raises(ArmError, match="of fr3_joint1 … on /franka/joint_states; is the robot's driver"):
        arm.joint_positions()


@pytest.mark.parametrize("positions", [[], [float("nan")] * 7])
def test_joint_states_without_positions_are_none(make_node, arm, monkeypatch, positions):
    monkeypatch.setattr(joints, "START_TIMEOUT", 1.0)
    Driver(make_node("driver"), "/franka/joint_states", JOINTS, positions)
    with pytest.raises(ArmError, match="no joint states of fr3_joint1"):
        arm.joint_positions()


def test_joint_states_that_fall_silent_are_no_joint_states(driver, arm):
    arm.joint_positions()
    driver.timer.cancel()
    end = time.monotonic() + 10
    with pytest.raises(ArmError, match="on /franka/joint_states fell silent"):
        while time.monotonic() < end:
            arm.joint_positions()


def test_a_process_that_was_kept_waiting_hears_what_it_missed(driver, make_node):
    class KeptWaiting(joints.JointListener):
        """The next joint state comes through only once it is waited for."""

        def _newer(self, known, timeout):
            if known is not None:
                self._newest = replace(known, heard=known.heard + NEVER_SILENT)
            return super()._newer(known, timeout)

    listener = KeptWaiting(make_node("late"), "/franka/joint_states", JOINTS, ArmError)
    listener.newest()
    driver.timer.cancel()
    first = listener.newest()
    wait_until(lambda: listener._silence(first) > 1.0, CancelToken(), within(10.0, AssertionError("never silent")))
    assert listener.newest() is not first


def test_a_missing_controller_is_named_with_the_remedy(driver, arm, monkeypatch):
    monkeypatch.setattr(actions, "SERVER_TIMEOUT", 0.5)
    with pytest.raises(ArmError, match=rf"no server for the action {FOLLOW}; start the arm's controller"):
        arm.execute(TRAJECTORY, CancelToken())


def test_a_refused_trajectory_is_an_error(driver, arm):
    driver.serve(FollowJointTrajectory, FOLLOW, abort_with(0, ""), goal_callback=lambda goal: GoalResponse.REJECT)
    with pytest.raises(ArmError, match="refused the goal"):
        arm.execute(TRAJECTORY, CancelToken())


@pytest.mark.parametrize(("code", "words"), [(-4, "left the path"), (-5, "did not reach the end"), (-9, "code -9")])
def test_result_codes_become_sentences(driver, arm, code, words):
    driver.serve(FollowJointTrajectory, FOLLOW, abort_with(code, "joint 3"))
    with pytest.raises(ArmAborted, match=f"{words}.* joint 3"):
        arm.execute(TRAJECTORY, CancelToken())


def test_the_trajectory_arrives_as_planned(driver, arm):
    goals = []

    def execute(handle):
        goals.append(handle.request.trajectory)
        handle.succeed()
        return FollowJointTrajectory.Result()

    driver.serve(FollowJointTrajectory, FOLLOW, execute)
    positions = np.arange(14.0).reshape(2, 7)
    arm.execute(JointTrajectory(JOINTS, np.array([0.0, 1.25]), positions, positions / 2, positions / 4), CancelToken())
    last = goals[0].points[-1]
    assert tuple(goals[0].joint_names) == JOINTS
    assert np.allclose(last.positions, positions[1]) and np.allclose(last.velocities, positions[1] / 2)
    assert (last.time_from_start.sec, last.time_from_start.nanosec) == (1, 250_000_000)


def test_cancel_reaches_the_controller_before_execute_returns(driver, arm):
    token, stopped = CancelToken(), threading.Event()

    def execute(handle):
        token.cancel()
        while not handle.is_cancel_requested:
            time.sleep(0.01)
        stopped.set()
        handle.canceled()
        return FollowJointTrajectory.Result()

    driver.serve(FollowJointTrajectory, FOLLOW, execute, cancel_callback=lambda _: CancelResponse.ACCEPT)
    with pytest.raises(Cancelled):
        arm.execute(TRAJECTORY, token)
    assert stopped.is_set()


def test_what_the_watch_raises_stops_the_controller_first(driver, arm):
    stopped, started = threading.Event(), threading.Event()

    def execute(handle):
        started.set()
        while not handle.is_cancel_requested:
            time.sleep(0.01)
        stopped.set()
        handle.canceled()
        return FollowJointTrajectory.Result()

    def watch():
        if started.is_set():
            raise PerceptionError("the camera is gone")

    driver.serve(FollowJointTrajectory, FOLLOW, execute, cancel_callback=lambda _: CancelResponse.ACCEPT)
    with pytest.raises(PerceptionError, match="the camera is gone"):
        arm.execute(TRAJECTORY, CancelToken(), watch)
    assert stopped.is_set()


def until_cancelled(handle):
    wait_until(lambda: handle.is_cancel_requested, CancelToken(), within(10.0, AssertionError("never cancelled")))
    handle.canceled()
    return FollowJointTrajectory.Result()


def test_an_arm_that_others_stop_has_not_arrived(driver, arm, make_node):
    """ros2_control answers with a result that says nothing is wrong."""
    started = threading.Event()

    def execute(handle):
        started.set()
        return until_cancelled(handle)

    driver.serve(FollowJointTrajectory, FOLLOW, execute, cancel_callback=lambda _: CancelResponse.ACCEPT)
    others = make_node("others").create_client(CancelGoal, f"{FOLLOW}/_action/cancel_goal")
    with ThreadPoolExecutor(1) as thread:
        moved = thread.submit(arm.execute, TRAJECTORY, CancelToken())
        assert started.wait(10) and others.wait_for_service(10)
        others.call_async(CancelGoal.Request())
        with pytest.raises(ArmError, match="something else than the executor stopped the arm") as error:
            moved.result(10)
    assert not isinstance(error.value, ArmAborted), "which would be recovered from and gone on with"


def test_a_goal_that_is_accepted_too_late_is_cancelled(driver, arm, monkeypatch):
    monkeypatch.setattr(actions, "ANSWER_TIMEOUT", 0.3)
    late, stopped = threading.Event(), threading.Event()

    def consider(_):
        assert late.wait(10)
        return GoalResponse.ACCEPT

    def execute(handle):
        result = until_cancelled(handle)
        stopped.set()
        return result

    accept = {"goal_callback": consider, "cancel_callback": lambda _: CancelResponse.ACCEPT}
    driver.serve(FollowJointTrajectory, FOLLOW, execute, **accept)
    with pytest.raises(ArmError, match="does not answer"):
        arm.execute(TRAJECTORY, CancelToken())
    late.set()
    assert stopped.wait(10)


def recovering(succeed):
    def execute(handle):
        handle.succeed() if succeed else handle.abort()
        return ErrorRecovery.Result()

    return execute


def test_an_error_is_recovered_by_frankas_action(driver, arm):
    driver.serve(ErrorRecovery, "/action_server/error_recovery", recovering(succeed=True))
    arm.recover(CancelToken())


def test_an_arm_that_does_not_recover_is_left_to_a_person(driver, arm):
    driver.serve(ErrorRecovery, "/action_server/error_recovery", recovering(succeed=False))
    with pytest.raises(ArmError, match="could not be recovered from its error; start franka_bringup, or recover"):
        arm.recover(CancelToken())


@pytest.fixture
def hand(make_node):
    return Driver(make_node("hand"), "/franka_gripper/joint_states", FINGERS, [0.02, 0.021])


@pytest.fixture
def gripper(make_node):
    return RosGripper(make_node("client"), "franka_gripper", FINGERS, speed=0.1)


def test_the_width_is_the_sum_of_both_fingers(hand, gripper):
    assert gripper.width() == pytest.approx(0.041)


def test_a_grasp_outside_its_epsilons_is_an_answer_not_an_error(hand, gripper):
    goals = []

    def execute(handle):
        goals.append(handle.request)
        handle.abort()
        return Grasp.Result(success=False, error="width outside")

    hand.serve(Grasp, "/franka_gripper/grasp", execute)
    assert gripper.grasp(0.03, 0.01, 0.02, 25.0, CancelToken()) is False
    goal = goals[0]
    assert (goal.width, goal.epsilon.inner, goal.epsilon.outer, goal.force) == (0.03, 0.01, 0.02, 25.0)


def test_a_failed_move_carries_the_hands_own_words(hand, gripper):
    def execute(handle):
        handle.abort()
        return Move.Result(success=False, error="not homed")

    hand.serve(Move, "/franka_gripper/move", execute)
    with pytest.raises(GripperError, match="moving the gripper to 50 mm failed: not homed"):
        gripper.move(0.05, CancelToken())


def test_a_hand_that_cannot_be_stopped_is_an_error(hand, gripper):
    with pytest.raises(GripperError, match="/franka_gripper/stop does not answer; start franka_gripper, or set"):
        gripper.stop()


class Wire:
    """The client's end of DDS, with one call replaced."""

    def __init__(self, handle, **replaced):
        self._handle = handle
        vars(self).update(replaced)

    def __getattr__(self, name):
        return getattr(self._handle, name)


@pytest.fixture
def client(driver, make_node):
    driver.serve(FollowJointTrajectory, FOLLOW, abort_with(-1, ""))
    client = ActionClient(make_node("client"), FollowJointTrajectory, FOLLOW)
    assert client.wait_for_server(10)
    return client


def answer_of(future):
    wait_until(future.done, CancelToken(), within(10.0, AssertionError("never answered")))
    return future.result()


def test_an_answer_that_overtakes_its_request_is_not_lost(client, monkeypatch):
    """With rclpy 7.1.6's own client the future never completes here."""

    def send_slowly(request):
        number = handle.send_goal_request(request)
        time.sleep(0.5)
        return number

    handle = client._client_handle
    with monkeypatch.context() as patched:
        patched.setattr(client, "_client_handle", Wire(handle, send_goal_request=send_slowly))
        future = client.send_goal_async(FollowJointTrajectory.Goal())
        assert answer_of(future).accepted


def test_a_goal_whose_acceptance_is_lost_is_known_by_its_status(client, monkeypatch):
    """With rclpy 7.1.6's own client the future never completes here, and nobody can cancel the goal."""

    def lose(kind):
        lost.append(handle.take_goal_response(kind))
        return None, None

    handle, lost = client._client_handle, []
    with monkeypatch.context() as patched:
        patched.setattr(client, "_client_handle", Wire(handle, take_goal_response=lose))
        goal = answer_of(client.send_goal_async(FollowJointTrajectory.Goal()))
        assert goal.accepted
        assert answer_of(goal.get_result_async()).result.error_code == -1
    wait_until(lambda: bool(lost), CancelToken(), within(10.0, AssertionError("no answer to lose")))


def test_a_second_answer_changes_nothing(client):
    with client._answering:
        future = client.send_goal_async(FollowJointTrajectory.Goal())
        (number,) = client._pending_goal_requests
    goal = answer_of(future)
    refusal = FollowJointTrajectory.Impl.SendGoalService.Response(accepted=False)
    run(client.execute({"goal": (number, refusal)}))
    assert future.result() is goal and goal.accepted
