"""Cancel in every stage, over DDS, with simulator and executor as processes: CANCELED, and at rest 0.3 s after the
executor has accepted it.

The oracle names grasps in the air above the table, where nothing is knocked over; only placing needs a real thing.
"""

import pytest
from bench import CANCELED, REST_SPEED, grasp_message, top_down
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import Header
from waiting import wait_until

from lggd_ros.robot.poses import pose_message
from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.msg import GraspDetection

MAX_SECONDS_TO_REST = 0.3
SETTLED = 0.5
IN_THE_AIR = top_down(0.5, 0.0, 0.3)
MOVING_ARM = ("observe", "approach", "lift", "place")
MOVING_FINGERS = ("open", "close", "verify")


def wait_for_motion(bench, stage):
    """Until the stage moves what it moves; before a stage that moves nothing, until the last motion has died away."""
    if stage not in MOVING_ARM + MOVING_FINGERS:
        wait_until(lambda: bench.arm_states.speed < REST_SPEED, "the arm to come to rest")
    if stage in MOVING_ARM:
        wait_until(lambda: bench.arm_states.speed > 0.2, "the arm to move")
    if stage in MOVING_FINGERS:
        wait_until(lambda: bench.finger_states.speed > 0.02, "the fingers to move")


def cancel_in(bench, stage, **goal):
    bench.set_aside()
    running = bench.send(instruction="the thing", **goal)
    running.reach(stage)
    return cancel_when_it_moves(bench, running, stage)


def cancel_when_it_moves(bench, running, stage):
    wait_for_motion(bench, stage)
    cancelled_at = running.cancel()
    status, result = running.end()
    wait_until(lambda: bench.arm_states.now > cancelled_at + SETTLED, "the arm to settle")
    return status, result, cancelled_at


def check(bench, stage, status, result, cancelled_at):
    assert status == CANCELED, result.message
    assert result.error_code == ExecuteGrasp.Result.CANCELLED
    assert result.stages[-1] == stage
    arm, fingers = (states.seconds_to_rest(cancelled_at) for states in (bench.arm_states, bench.finger_states))
    print(f"{stage}: arm at rest after {arm:.3f} s, fingers after {fingers:.3f} s")
    assert arm <= MAX_SECONDS_TO_REST
    assert fingers <= MAX_SECONDS_TO_REST


@pytest.mark.parametrize("stage", ["observe", "open", "approach", "close", "lift", "verify"])
def test_cancel_while_something_moves(bench, stage):
    bench.oracle.answer = GraspDetection.FOUND, [grasp_message(IN_THE_AIR)]
    check(bench, stage, *cancel_in(bench, stage))


def test_cancel_while_perception_thinks(bench):
    bench.oracle.may_answer.clear()
    running = bench.send(instruction="the thing")
    assert bench.oracle.asked.wait(60)
    cancelled_at = running.cancel()
    status, result = running.end()
    bench.oracle.may_answer.set()
    check(bench, "detect", status, result, cancelled_at)


def test_cancel_on_the_way_to_another_look(bench):
    bench.oracle.answer = GraspDetection.FOUND, [grasp_message(IN_THE_AIR)]
    bench.set_aside()
    running = bench.send(instruction="the thing")
    running.reach("detect")
    wait_until(lambda: running.stages[-1] == "observe", "another look")
    check(bench, "detect", *cancel_when_it_moves(bench, running, "observe"))  # results list a stage once
    assert running.stages == ["observe", "detect", "observe"]


def test_cancel_while_planning(bench):
    upside_down = IN_THE_AIR.copy()
    upside_down[:3, 1:3] *= -1
    out_of_reach = grasp_message(upside_down)
    bench.oracle.answer = GraspDetection.FOUND, [out_of_reach] * 300
    check(bench, "plan", *cancel_in(bench, "plan"))


def test_cancel_while_placing(bench):
    bench.oracle.answer = GraspDetection.FOUND, bench.true_grasps()
    there = PoseStamped(header=Header(frame_id="base"), pose=pose_message(top_down(0.45, 0.15, 0.12)))
    check(bench, "place", *cancel_in(bench, "place", place=True, place_pose=there))
