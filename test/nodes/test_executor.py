"""The executor's action over DDS, with the real simulator and an oracle for eyes."""

import numpy as np
import pytest
from bench import ABORTED, CANCELED, SUCCEEDED, grasp_message, top_down
from geometry_msgs.msg import PoseStamped
from waiting import wait_until

from lggd_ros.execution.pick_and_place import STAGES
from lggd_ros.robot.poses import pose_matrix
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.msg import GraspDetection

Result = ExecuteGrasp.Result
IN_THE_AIR = top_down(0.5, 0.0, 0.3)


def test_the_named_thing_is_picked_with_every_stage_announced(bench):
    bench.oracle.answer = GraspDetection.FOUND, bench.true_grasps()
    running = bench.send(instruction="the thing")
    status, result = running.end()
    assert (status, result.error_code) == (SUCCEEDED, Result.SUCCESS), result.message
    assert result.stages == [stage for stage in STAGES if stage != "place"]
    assert running.stages == ["observe", "detect", *result.stages], "two looks that agree"
    assert len(result.stage_seconds) == len(result.stages)
    assert [thing["name"] for thing in bench.ground_truth()["objects"] if thing["held"]]
    assert abs(result.measured_width - bench.gripper.width()) < 1e-3
    assert result.grasp.pose.header.frame_id == "base"


def test_a_full_hand_is_opened_on_request_and_not_before(bench):
    bench.oracle.answer = GraspDetection.FOUND, bench.true_grasps()
    assert bench.send(instruction="the thing").end()[1].error_code == Result.SUCCESS
    _, result = bench.send(instruction="the thing").end()
    assert result.error_code == Result.HAND_FULL and "executor/open" in result.message
    assert bench.trigger(bench.open).success
    assert bench.gripper.width() > 0.07
    assert bench.trigger(bench.home).success
    assert np.abs(bench.arm.joint_positions() - OBSERVE_JOINTS).max() < 0.02


def test_a_thing_that_is_still_in_its_place_was_not_picked(bench):
    bench.oracle.answer = GraspDetection.FOUND, bench.true_grasps()
    thing = np.stack(np.meshgrid(*[np.linspace(-0.02, 0.02, 9)] * 2), axis=-1).reshape(-1, 2) + [0.5, -0.2]
    bench.oracle.target = bench.oracle.scene = np.column_stack([thing, np.full(len(thing), 0.05)])
    status, result = bench.send(instruction="the thing").end()
    assert status == ABORTED and result.error_code in (Result.STILL_THERE, Result.MISSED), result.message
    assert any("still where it was" in line for line in [*result.rejections, result.message])
    assert not [thing["name"] for thing in bench.ground_truth()["objects"] if thing["held"]]


def test_a_second_goal_is_ended_with_the_reason_and_disturbs_nothing(bench):
    bench.oracle.answer = GraspDetection.ABSENT, []
    bench.oracle.may_answer.clear()
    first = bench.send(instruction="the thing")
    assert bench.oracle.asked.wait(60)
    status, result = bench.send(instruction="another thing").end()
    assert (status, result.error_code) == (ABORTED, Result.BUSY)
    assert "another goal or service is moving the robot" in result.message
    bench.oracle.may_answer.set()
    assert first.end()[1].error_code == Result.ABSENT


@pytest.mark.parametrize(
    ("status", "code"), [(GraspDetection.ABSENT, Result.ABSENT), (GraspDetection.AMBIGUOUS, Result.AMBIGUOUS)]
)
def test_only_what_is_found_is_reached_for(bench, status, code):
    bench.oracle.answer = status, [grasp_message(IN_THE_AIR)]
    bench.oracle.message = "which one?"
    running = bench.send(instruction="the thing")
    goal_status, result = running.end()
    assert (goal_status, result.error_code, result.message) == (ABORTED, code, "which one?")
    assert running.stages == ["observe", "detect"] * 4, "of five looks no two can agree any more"


def test_what_perception_complains_of_reaches_the_client(bench):
    bench.oracle.success, bench.oracle.message = False, "no depth message on /camera/depth"
    _, result = bench.send(instruction="the thing").end()
    assert result.error_code == Result.PERCEPTION_FAILED
    assert result.message == "no depth message on /camera/depth"


def test_a_given_grasp_is_planned_in_the_base_frame_without_motion(bench):
    since = bench.arm_states.now
    hand_to_grasp = top_down(0.0, 0.0, 0.0)
    hand_to_grasp[:3, :3] = np.eye(3)
    grasp = grasp_message(hand_to_grasp, frame="fr3_hand_tcp")
    status, result = bench.send(use_grasp=True, grasp=grasp, plan_only=True).end()
    assert status == SUCCEEDED, result.message
    assert result.stages == ["plan"]
    height = pose_matrix(result.grasp.pose.pose)[2, 3]
    assert 0.3 < height < 0.6, "the hand hangs half a metre above the table"
    assert bench.arm_states.speed_after(since) < 0.05


def test_unreachable_candidates_are_listed_with_reasons(bench):
    bench.oracle.answer = GraspDetection.FOUND, [grasp_message(top_down(0.9, 0.0, 0.1)), grasp_message(IN_THE_AIR)]
    _, result = bench.send(instruction="the thing", plan_only=True).end()
    assert result.error_code == Result.SUCCESS
    assert len(result.rejections) == 1 and "lies outside the workspace" in result.rejections[0]
    wait_until(lambda: any("outside the workspace" in text for text in bench.shown), "the reason in RViz")


def with_frame(grasp, frame):
    grasp.pose.header.frame_id = frame
    return grasp


def with_opening(grasp, opening):
    grasp.opening = opening
    return grasp


@pytest.mark.parametrize(
    ("goal", "code", "words"),
    [
        ({}, Result.INVALID_GOAL, "neither an instruction nor a grasp"),
        ({"use_grasp": True}, Result.INVALID_GOAL, "no frame_id"),
        (
            {"use_grasp": True, "grasp": with_frame(grasp_message(IN_THE_AIR), "nowhere")},
            Result.NO_TRANSFORM,
            "'nowhere'",
        ),
        (
            {"use_grasp": True, "grasp": with_opening(grasp_message(IN_THE_AIR), 0.2)},
            Result.INVALID_GOAL,
            "opening 0.2",
        ),
        (
            {"use_grasp": True, "grasp": grasp_message(IN_THE_AIR, object_width=0.0)},
            Result.INVALID_GOAL,
            "expected 0 < object_width",
        ),
        ({"instruction": "a", "place": True, "place_pose": PoseStamped()}, Result.INVALID_GOAL, "no frame_id"),
        (
            {"instruction": "a", "place_region": "cellar"},
            Result.INVALID_GOAL,
            "no region is called 'cellar'; known: bin",
        ),
        ({"instruction": "take it and put it in the cellar"}, Result.INVALID_GOAL, "no region is called 'cellar'"),
    ],
)
def test_unusable_goals_are_refused_with_the_reason(bench, goal, code, words):
    status, result = bench.send(**goal).end()
    assert (status, result.error_code) == (ABORTED, code), result.message
    assert words in result.message


def test_after_a_cancel_the_next_goal_runs(bench):
    bench.oracle.answer = GraspDetection.FOUND, [grasp_message(IN_THE_AIR)]
    bench.set_aside()
    running = bench.send(instruction="the thing")
    running.reach("observe")
    running.cancel()
    assert running.end()[0] == CANCELED
    wait_until(lambda: bench.arm_states.speed < 0.01, "rest")
    assert bench.send(instruction="the thing", plan_only=True).end()[0] == SUCCEEDED
