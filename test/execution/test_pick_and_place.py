"""The state machine over the real planner and real physics; only the eyes are given: they know the true grasps."""

from dataclasses import replace

import numpy as np
import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.hand import Hand
from lggd_ros.execution.interfaces import (
    ArmAborted,
    CancelToken,
    GraspCandidate,
    PerceptionError,
    Sighting,
)
from lggd_ros.execution.outcome import ErrorCode, PickFailure, PickGoal
from lggd_ros.execution.pick_and_place import STAGES, PickAndPlace, Reports
from lggd_ros.grasps.camera import depth_in_metres
from lggd_ros.grasps.scene import scene_points, target_points, transform_points
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.planning.planner import JointTrajectory, PlanningError
from lggd_ros.planning.robot_model import ARM_JOINTS
from lggd_ros.simulation.faults import ARM_REFLEX, GRASP_JAMS, GRASP_SLIPS, GRIPPER_ABORTS, GRIPPER_UNHOMED, Faults
from lggd_ros.simulation.in_process import SimulatedArm, SimulatedGripper
from lggd_ros.simulation.mount import CAMERA, OBSERVE_JOINTS
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.scenes import make_scene

SEED = 19


class TrueEyes:
    """Sees the grasps that the scene was labelled with, and its points; ``spoil`` changes what is seen."""

    def __init__(self, world, spoil=lambda looks, sighting: sighting):
        self._world, self._spoil, self.looks, self.silent = world, spoil, 0, 0
        self.places = []

    def look(self, instruction, cancel):
        self.looks += 1
        self.places.append(self._world.camera_pose)
        target = next(p for p in self._world.scene.objects if p.model.name == self._world.scene.target)
        moved = self._world.object_poses()[target.model.name] @ np.linalg.inv(target.pose)
        candidates = [
            GraspCandidate(moved @ grasp.pose, grasp.opening, grasp.object_width, grasp.quality)
            for grasp in target.grasps[:5]
        ]
        return self._spoil(self.looks, Sighting("found", 1.0, candidates, target=self._points(on_target=True)))

    def glance(self, cancel):
        return self._points(on_target=False)

    def check(self):
        if self.silent:
            self.silent -= 1
            raise PerceptionError("nothing arrived on /camera/camera/color/camera_info for 1.1 s")

    def _points(self, on_target):
        view = self._world.render_camera()
        names = [placed.model.name for placed in self._world.scene.objects]
        mask = view.instances == 1 + names.index(self._world.scene.target)
        cloud = CAMERA.point_cloud(depth_in_metres(view.depth))
        points = target_points(cloud, mask) if on_target else scene_points(cloud, np.zeros(mask.shape, bool))
        return transform_points(view.pose, points)


class Bench:
    def __init__(self, spoil=lambda looks, sighting: sighting, on_stage=lambda *_: None, faults=(), looks=1, **config):
        self.world = RobotWorld(make_scene("isolated", SEED, "test"), Faults(faults))
        self.eyes, self.stages, self.log = TrueEyes(self.world, spoil), [], []
        self.on_stage = on_stage
        self.planner, self.arm, self.gripper = EmbeddedPlanner(), SimulatedArm(self.world), SimulatedGripper(self.world)
        self.config = config = PickConfig(observe_joints=tuple(OBSERVE_JOINTS), looks=looks, **config)
        self.pick = PickAndPlace(
            self.planner,
            self.arm,
            Hand(self.gripper, config),
            self.eyes,
            self.planner.robot,
            config,
            clock=lambda: self.world.time,
        )

    def _stage(self, stage, attempt, progress):
        self.stages.append(stage)
        self.on_stage(stage)

    def run(self, token=None, **goal):
        goal = PickGoal("the thing", **goal)
        return self.pick.run(goal, token or CancelToken(), Reports(stage=self._stage, log=self.log.append))

    def held(self):
        return self.world.held_objects() == [self.world.scene.target]

    def settled_position(self):
        for _ in range(10):
            self.world.step(50)
        return self.world.object_poses()[self.world.scene.target][:2, 3]


def shifted(sighting, offset):
    """The same thing, seen elsewhere."""
    pose = [candidate.pose.copy() for candidate in sighting.candidates]
    for p in pose:
        p[:3, 3] += offset
    moved = [
        GraspCandidate(p, c.opening, c.object_width, c.quality) for p, c in zip(pose, sighting.candidates, strict=True)
    ]
    return replace(sighting, candidates=moved, target=sighting.target + offset)


def bump(bench, stage, move, then=lambda: None):
    """Something stops the arm on its so manieth move from the beginning of a stage on; the list of these moves."""
    execute, moves = bench.arm.execute, []

    def until_it_bumps(trajectory, cancel, watch):
        moves.append(trajectory)
        if len(moves) == move:
            execute(shortened(trajectory), cancel, watch)
            then()
            raise ArmAborted("the arm left the path")
        execute(trajectory, cancel, watch)

    def begin(name):
        if name == stage:
            bench.arm.execute = until_it_bumps

    bench.on_stage = begin
    return moves


def shortened(trajectory):
    """The first two thirds."""
    count = 2 * len(trajectory.times) // 3
    parts = (trajectory.times, trajectory.positions, trajectory.velocities, trajectory.accelerations)
    return JointTrajectory(trajectory.joint_names, *(part[:count] for part in parts))


def test_a_found_thing_ends_up_in_the_raised_hand():
    bench = Bench()
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS, result.message
    assert bench.held()
    assert bench.stages == [stage for stage in STAGES if stage != "place"]
    assert abs(result.measured_width - bench.world.gripper.width) < 1e-3
    assert set(result.seconds) == set(bench.stages)
    assert result.left_its_place


def test_a_given_grasp_is_taken_among_what_shows():
    bench = Bench()
    given, seen = bench.eyes.look("", CancelToken()).candidates[0], []
    plan = bench.planner.set_obstacles
    bench.planner.set_obstacles = lambda *points: seen.append(points) or plan(*points)
    assert bench.run(grasp=given).code is ErrorCode.SUCCESS and bench.held()
    around, itself = seen[0]
    assert len(around) and not bench.log
    assert len(itself) > 20 and np.linalg.norm(itself - given.pose[:3, 3], axis=1).min() < 0.02
    assert not bench.stages.count("observe"), "a grasp that was given needs no look"


def test_a_given_grasp_in_something_else_is_refused():
    bench = Bench()
    pose = bench.eyes.look("", CancelToken()).candidates[0].pose
    wall = pose[:3, 3] + np.stack(np.meshgrid([0.06], np.arange(-0.1, 0.1, 0.005), [0.0, 0.1]), -1).reshape(-1, 3)
    bench.eyes.glance = lambda cancel: wall
    given = GraspCandidate(pose, 0.06, 0.04, 0.9)
    assert bench.run(grasp=given, plan_only=True).code is ErrorCode.GOAL_IN_COLLISION


def test_a_given_grasp_needs_no_camera():
    bench = Bench()
    given = bench.eyes.look("", CancelToken()).candidates[0]

    def nothing(cancel):
        raise PerceptionError("no service /perception/scene_points")

    bench.eyes.glance = nothing
    assert bench.run(grasp=given).code is ErrorCode.SUCCESS and bench.held()
    assert "what stands around the given grasp is not known: no service" in bench.log[0]


def test_plan_only_moves_nothing():
    bench = Bench()
    before = bench.world.joint_positions.copy()
    assert bench.run(plan_only=True).code is ErrorCode.SUCCESS
    assert np.array_equal(bench.world.joint_positions, before)


@pytest.mark.parametrize(("status", "code"), [("absent", ErrorCode.ABSENT), ("ambiguous", ErrorCode.AMBIGUOUS)])
def test_what_is_not_found_is_not_reached_for(status, code):
    bench = Bench(lambda looks, sighting: Sighting(status, 0.5, sighting.candidates, message="no"))
    assert bench.run().code is code
    assert "approach" not in bench.stages and not bench.world.held_objects()


def test_two_looks_from_different_places_agree():
    bench = Bench(looks=3)
    assert bench.run().code is ErrorCode.SUCCESS and bench.held()
    first, second = bench.eyes.places
    assert np.linalg.norm(first[:3, 3] - second[:3, 3]) > 0.05
    assert np.allclose(first[:3, :3], second[:3, :3], atol=0.03), "the picture stays upright"
    assert bench.stages[:5] == ["observe", "detect"] * 2 + ["plan"]


def test_looking_again_takes_no_progress_back():
    bench, told = Bench(looks=3), []
    bench.pick.run(PickGoal("the thing"), CancelToken(), Reports(stage=lambda *stage: told.append(stage)))
    progress = [share for _, attempt, share in told if attempt == 1]
    assert [stage for stage, *_ in told][:4] == ["observe", "detect"] * 2
    assert progress == sorted(progress) and progress[-1] > progress[0]


def test_cancel_on_the_way_to_the_second_look_ends_there():
    bench, token = Bench(looks=3), CancelToken()
    execute, goal = bench.arm.execute, bench.config.viewpoint(1)

    def execute_half(trajectory, cancel, watch):
        def seen():
            watch()
            if np.abs(bench.world.joint_positions - OBSERVE_JOINTS).max() > 0.05:
                token.cancel()

        execute(trajectory, cancel, seen)

    bench.arm.execute = execute_half
    assert bench.run(token).code is ErrorCode.CANCELLED
    assert bench.stages == ["observe", "detect", "observe"] and bench.eyes.looks == 1
    assert np.abs(bench.world.joint_velocities).max() < 0.02
    assert np.abs(bench.world.joint_positions - goal).max() > 0.02


def test_found_things_without_depth_are_told_as_such():
    bench = Bench(
        lambda looks, sighting: Sighting("found", 0.9, [], rejections=["no depth"], message="no depth"), looks=3
    )
    result = bench.run()
    assert (result.code, result.message, bench.eyes.looks) == (ErrorCode.NO_GRASP, "no depth", 1)


def test_one_look_in_error_is_outvoted():
    bench = Bench(lambda looks, sighting: shifted(sighting, [0.1, 0.0, 0.0]) if looks == 1 else sighting, looks=3)
    assert bench.run().code is ErrorCode.SUCCESS and bench.held()
    assert bench.eyes.looks == 3


def test_what_looks_like_another_thing_from_everywhere_is_not_reached_for():
    bench = Bench(lambda looks, sighting: shifted(sighting, [0.1 * looks, 0.0, 0.0]), looks=3)
    result = bench.run()
    assert result.code is ErrorCode.AMBIGUOUS and "no two of 3 looks" in result.message
    assert "approach" not in bench.stages and not bench.world.held_objects()


def test_what_is_not_found_twice_is_looked_for_no_more():
    bench = Bench(lambda looks, sighting: Sighting("absent", 0.1, [], message="not here"), looks=3)
    result = bench.run()
    assert (result.code, result.message, bench.eyes.looks) == (ErrorCode.ABSENT, "not here", 2)


def test_a_place_that_is_blocked_is_left_out():
    bench = Bench(looks=3)
    plan, blocked = bench.planner.plan_to_joints, bench.config.viewpoint(1)

    def plan_to_joints(start, goal):
        if np.array_equal(goal, blocked):
            raise PlanningError("goal_in_collision", "a vase is in the way")
        return plan(start, goal)

    bench.planner.plan_to_joints = plan_to_joints
    assert bench.run().code is ErrorCode.SUCCESS and bench.held()
    assert bench.eyes.looks == 2 and bench.log == ["no look from place 2: a vase is in the way"]
    assert bench.eyes.places[1][1, 3] < -0.05, "from the right"


def test_a_place_whose_way_leaves_the_workspace_is_left_out():
    bench = Bench(looks=3)
    check, far = bench.pick._limits.check_motion, bench.config.viewpoint(1)

    def check_motion(trajectory):
        if np.allclose(trajectory.positions[-1], far, atol=1e-3):
            raise PickFailure(ErrorCode.OUTSIDE_WORKSPACE, "the way leaves the workspace")
        check(trajectory)

    bench.pick._limits.check_motion = check_motion
    assert bench.run().code is ErrorCode.SUCCESS and bench.held()
    assert bench.log == ["no look from place 2: the way leaves the workspace"]


def test_an_arm_that_was_moved_since_a_plan_was_made_goes_by_a_new_one():
    def push(stage):
        if stage == "approach" and bench.stages.count(stage) == 1:
            here = bench.world.joint_positions.copy()
            ends = np.stack([here, here + [0.1, 0, 0, 0, 0, 0, 0]])
            still = np.zeros((2, 7))
            follow(JointTrajectory(ARM_JOINTS, np.array([0.0, 1.0]), ends, still, still), CancelToken())

    def execute(trajectory, cancel, watch=lambda: None):
        astray.append(np.abs(bench.world.joint_positions - trajectory.positions[0]).max())
        follow(trajectory, cancel, watch)

    bench, astray = Bench(on_stage=push), []
    follow, bench.arm.execute = bench.arm.execute, execute
    assert bench.run().code is ErrorCode.SUCCESS and bench.held()
    assert max(astray) < 0.03


def test_plan_only_looks_once():
    bench = Bench(looks=3)
    assert bench.run(plan_only=True).code is ErrorCode.SUCCESS
    assert bench.eyes.looks == 1


def test_a_missed_grasp_is_followed_by_the_next_candidate_without_another_look():
    def first_too_high(looks, sighting):
        high = shifted(sighting, [0.0, 0.0, 0.15]).candidates[0]
        return replace(sighting, candidates=[replace(high, quality=1.0), *sighting.candidates])

    bench = Bench(first_too_high)
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held(), result.message
    assert bench.eyes.looks == 1
    assert [line for line in result.rejections if "closed on nothing" in line]


def test_without_another_candidate_there_is_another_look():
    def only_one_too_high(looks, sighting):
        high = replace(shifted(sighting, [0.0, 0.0, 0.15]), candidates=shifted(sighting, [0, 0, 0.15]).candidates[:1])
        return high if looks == 1 else sighting

    bench = Bench(only_one_too_high)
    assert bench.run().code is ErrorCode.SUCCESS and bench.held()
    assert bench.eyes.looks == 2


@pytest.mark.parametrize("looks", [1, 2])
def test_what_was_something_else_before_is_not_reached_for(looks):
    def spoil(count, sighting):
        """What stood beside the thing, which only the first look tells from it, is found in the next attempt."""
        if count > looks:
            return shifted(sighting, [0.0, 0.15, 0.0])
        too_high = shifted(sighting, [0.0, 0.0, 0.1])
        return replace(too_high, obstacles=sighting.target + [0.0, 0.15, 0.0]) if count == 1 else too_high

    bench = Bench(spoil, looks=looks)
    result = bench.run()
    assert result.code is ErrorCode.AMBIGUOUS and "something else before" in result.message
    assert bench.eyes.looks == 2 * looks and not bench.world.held_objects()


def test_a_thing_that_cannot_be_grasped_is_given_up_after_the_last_attempt():
    bench = Bench(lambda looks, sighting: shifted(sighting, [0.0, 0.0, 0.15]))
    result = bench.run()
    assert result.code is ErrorCode.MISSED
    assert bench.stages.count("close") == 3


def test_grasps_outside_the_workspace_are_refused_with_the_place():
    bench = Bench(lambda looks, sighting: shifted(sighting, [0.4, 0.0, 0.0]))
    result = bench.run()
    assert result.code is ErrorCode.OUTSIDE_WORKSPACE
    assert "lies outside the workspace" in result.message and "approach" not in bench.stages


def test_blind_eyes_are_reported():
    def blind(looks, sighting):
        raise PerceptionError("no images on /camera/camera/color/image_raw for 5 s")

    result = Bench(blind).run()
    assert result.code is ErrorCode.PERCEPTION_FAILED and "no images" in result.message


def test_the_thing_is_placed_where_it_was_told():
    bench = Bench()
    place = np.eye(4)
    place[:3, :3] = np.diag([1.0, -1.0, -1.0])
    picked = bench.eyes.look("", CancelToken()).candidates[0].pose
    place[:3, 3] = [0.45, 0.15, picked[2, 3] + 0.005]
    result = bench.run(place=place)
    assert result.code is ErrorCode.SUCCESS, result.message
    assert np.hypot(*(bench.settled_position() - place[:2, 3])) < 0.05


def test_what_is_in_the_way_of_the_place_is_not_pressed_on():
    bench = Bench()
    moves = bump(bench, "place", move=2)
    result = bench.run(region="bin")
    assert result.code is ErrorCode.ARM_FAILED and "in the way where it was to be put" in result.message
    assert bench.held() and len(moves) == 3, "transfer, approach, and back again"
    assert np.allclose(moves[2].positions[-1], moves[1].positions[0], atol=0.02)
    low, high = (bench.planner.robot.fk(moves[2].positions[k])[2, 3] for k in (0, -1))
    assert high - low > 0.2 * bench.config.approach_distance


def test_what_is_in_the_way_of_putting_back_is_not_pressed_on():
    def thinner(looks, sighting):
        return replace(sighting, candidates=[replace(grasp, object_width=0.012) for grasp in sighting.candidates])

    bench = Bench(thinner)
    moves = bump(bench, "verify", move=1)
    result = bench.run()
    assert result.code is ErrorCode.ARM_FAILED and "still held, something was in the way" in result.message
    assert bench.held() and len(moves) == 2, "down, and up again"
    assert np.allclose(moves[1].positions[-1], moves[0].positions[0], atol=0.02)


def test_where_there_is_no_way_back_from_what_is_in_the_way_it_is_told_of(monkeypatch):
    def no_way(*_):
        raise PlanningError("no_straight_path", "the way up is blocked")

    bench = Bench(max_attempts=1)
    bump(bench, "approach", move=2, then=lambda: monkeypatch.setattr(bench.planner, "plan_straight", no_way))
    result = bench.run()
    assert result.code is ErrorCode.ARM_FAILED and "something was in the way: the arm left the path" in result.message
    assert bench.log[-1] == "the arm stays where it was stopped: the way up is blocked"


def test_a_place_out_of_reach_is_refused_before_anything_moves():
    bench = Bench()
    before = bench.world.joint_positions.copy()
    place = np.eye(4)
    place[:3, 3] = 2.0, 0.0, 0.3
    result = bench.run(place=place)
    assert result.code is ErrorCode.OUTSIDE_WORKSPACE and "the place" in result.message
    assert np.array_equal(bench.world.joint_positions, before) and bench.eyes.looks == 0


def test_what_was_put_down_is_not_picked_again_where_there_is_no_way_home(monkeypatch):
    def no_way(*_):
        raise PlanningError("timed_out", "found no path in time")

    def spoil(stage):
        if stage == "place":
            monkeypatch.setattr(bench.planner, "plan_to_joints", no_way)

    bench = Bench(on_stage=spoil)
    result = bench.run(region="bin")
    assert result.code is ErrorCode.SUCCESS, result.message
    assert bench.stages.count("place") == 1 and not bench.world.held_objects()
    assert bench.log[-1] == "it is put down, but the arm stays there: found no path in time"


def test_planning_with_a_full_hand_does_not_forget_what_it_holds(monkeypatch):
    bench = Bench()
    assert bench.run().code is ErrorCode.SUCCESS
    carried = []
    monkeypatch.setattr(bench.planner, "carry", carried.append)
    bench.run(plan_only=True)
    assert not carried and bench.held()


def test_the_thing_lands_in_the_named_region():
    bench = Bench()
    result = bench.run(region="bin")
    assert result.code is ErrorCode.SUCCESS and "in the bin" in result.message, result.message
    x, y = bench.settled_position()
    assert 0.38 < x < 0.58 and 0.26 < y < 0.42
    assert bench.world.gripper.width > 0.02 and not bench.world.held_objects()


def test_a_thing_that_slips_while_it_is_lifted_is_noticed_on_the_way_and_picked_again():
    bench = Bench(faults=[GRASP_SLIPS])
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held(), result.message
    assert any("dropped it on the way" in line for line in result.rejections)
    assert bench.stages.count("lift") == 2 and bench.stages.count("verify") == 1


def test_fingers_that_jam_before_the_thing_are_tried_again():
    bench = Bench(faults=[GRASP_JAMS])
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held(), result.message
    assert any("closed on nothing" in line for line in result.rejections)


def test_a_width_that_is_not_the_things_is_something_else():
    def thinner(looks, sighting):
        candidates = [replace(candidate, object_width=0.012) for candidate in sighting.candidates]
        return replace(sighting, candidates=candidates) if looks == 1 else sighting

    bench = Bench(thinner)
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held(), result.message
    assert any("holds something else" in line for line in result.rejections)


@pytest.mark.parametrize("fault", [GRIPPER_ABORTS, GRIPPER_UNHOMED])
def test_a_hand_that_refuses_to_move_is_homed_and_asked_again(fault):
    bench = Bench(faults=[fault])
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held(), result.message


def test_without_homing_a_hand_that_refuses_ends_the_goal():
    result = Bench(faults=[GRIPPER_UNHOMED], homing="never").run()
    assert result.code is ErrorCode.GRIPPER_FAILED and "command failed" in result.message


def test_an_arm_that_aborts_is_recovered_and_goes_on():
    bench = Bench(faults=[ARM_REFLEX])
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held(), result.message
    assert result.recoveries == 1 and "recovery 1 of at most 2" in bench.log[0]


def test_an_arm_that_aborts_again_and_again_is_left_alone():
    bench = Bench(max_recoveries=2)

    def abort(trajectory, cancel, watch):
        raise ArmAborted("the arm left the path")

    bench.arm.execute = abort
    result = bench.run()
    assert result.code is ErrorCode.ARM_FAILED and result.recoveries == 2


def test_a_camera_that_falls_silent_stops_the_arm_until_it_is_back():
    def fall_silent(stage):
        bench.eyes.silent = 3 if stage == "approach" else 0

    bench = Bench(on_stage=fall_silent)
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held(), result.message
    assert "stopped: nothing arrived on /camera" in bench.log[0]


def test_a_camera_that_stays_silent_ends_the_goal_with_the_reason():
    bench = Bench(on_stage=lambda stage: setattr(bench.eyes, "silent", 10**6), camera_patience=0.2)
    result = bench.run()
    assert result.code is ErrorCode.NO_IMAGES and "the arm was stopped: nothing arrived" in result.message
    assert np.abs(bench.world.joint_velocities).max() < 0.02


def test_a_full_hand_is_not_told_to_grasp_again():
    bench = Bench()
    assert bench.run().code is ErrorCode.SUCCESS
    before = bench.world.joint_positions.copy()
    result = bench.run()
    assert result.code is ErrorCode.HAND_FULL and "still holds something" in result.message
    assert np.array_equal(bench.world.joint_positions, before) and bench.held()
    bench.pick.open_hand(CancelToken())
    bench.pick.home(CancelToken())
    assert not bench.world.held_objects()
    assert np.abs(bench.world.joint_positions - OBSERVE_JOINTS).max() < 0.02


def test_what_is_held_when_the_goal_is_cancelled_goes_on_being_held():
    token = CancelToken()
    bench = Bench(on_stage=lambda stage: token.cancel() if stage == "verify" else None)
    assert bench.run(token).code is ErrorCode.CANCELLED
    bench.world.step(500)
    assert bench.held()


def test_a_cancel_while_a_region_is_planned_for_is_no_lack_of_room():
    token = CancelToken()
    bench = Bench(on_stage=lambda stage: token.cancel() if stage == "place" else None)
    plan_reach = bench.planner.plan_reach

    def plan(*arguments):
        if token.cancelled:
            raise PlanningError("cancelled", "planning was cancelled")
        return plan_reach(*arguments)

    bench.planner.plan_reach = plan
    result = bench.run(token, region="bin")
    assert result.code is ErrorCode.CANCELLED and bench.held(), result.message


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "place"])
def test_cancel_in_any_stage_leaves_the_arm_at_rest(stage):
    token = CancelToken()
    bench = Bench(on_stage=lambda current: token.cancel() if current == stage else None)
    result = bench.run(token)
    assert result.code is ErrorCode.CANCELLED
    assert bench.stages[-1] == stage
    assert np.abs(bench.world.joint_velocities).max() < 0.02


def test_a_goal_without_instruction_or_grasp_is_refused():
    with pytest.raises(ValueError, match="neither"):
        PickGoal("  ")
