"""The state machine over the real planner and real physics; only the eyes are given: they know the true grasps."""

import numpy as np
import pytest

from lggd_ros.execution.config import PickConfig
from lggd_ros.execution.interfaces import CancelToken, GraspCandidate, PerceptionError, Sighting
from lggd_ros.execution.outcome import ErrorCode, PickGoal
from lggd_ros.execution.pick_and_place import STAGES, PickAndPlace
from lggd_ros.planning.embedded import EmbeddedPlanner
from lggd_ros.simulation.in_process import SimulatedArm, SimulatedGripper
from lggd_ros.simulation.mount import OBSERVE_JOINTS
from lggd_ros.simulation.world import RobotWorld
from lggd_ros.tabletop.scenes import make_scene

SEED = 3


class TrueEyes:
    """Sees the grasps that the scene was labelled with; ``spoil`` changes what is seen."""

    def __init__(self, world, spoil=lambda looks, sighting: sighting):
        self._world, self._spoil, self.looks = world, spoil, 0

    def look(self, instruction, cancel):
        self.looks += 1
        target = next(p for p in self._world.scene.objects if p.model.name == self._world.scene.target)
        moved = self._world.object_poses()[target.model.name] @ np.linalg.inv(target.pose)
        candidates = [
            GraspCandidate(moved @ grasp.pose, grasp.opening, grasp.object_width, grasp.quality)
            for grasp in target.grasps[:5]
        ]
        return self._spoil(self.looks, Sighting("found", 1.0, candidates))


class Bench:
    def __init__(self, spoil=lambda looks, sighting: sighting, on_stage=lambda *_: None):
        self.world = RobotWorld(make_scene("isolated", SEED, "test"))
        self.eyes, self.stages = TrueEyes(self.world, spoil), []
        self.on_stage = on_stage
        self.pick = PickAndPlace(
            EmbeddedPlanner(),
            SimulatedArm(self.world),
            SimulatedGripper(self.world),
            self.eyes,
            PickConfig(observe_joints=tuple(OBSERVE_JOINTS)),
            on_stage=self._stage,
            clock=lambda: self.world.time,
        )

    def _stage(self, stage, attempt, progress):
        self.stages.append(stage)
        self.on_stage(stage)

    def run(self, **goal):
        return self.pick.run(PickGoal("the thing", **goal), CancelToken())

    def held(self):
        return self.world.held_objects() == [self.world.scene.target]


def shifted(sighting, offset):
    pose = [candidate.pose.copy() for candidate in sighting.candidates]
    for p in pose:
        p[:3, 3] += offset
    moved = [
        GraspCandidate(p, c.opening, c.object_width, c.quality) for p, c in zip(pose, sighting.candidates, strict=True)
    ]
    return Sighting("found", 1.0, moved)


def test_a_found_thing_ends_up_in_the_raised_hand():
    bench = Bench()
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS, result.message
    assert bench.held()
    assert bench.stages == [stage for stage in STAGES if stage != "place"]
    assert abs(result.measured_width - bench.world.gripper.width) < 1e-3
    assert set(result.seconds) == set(bench.stages)


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


def test_a_missed_grasp_is_tried_again_after_a_new_look():
    bench = Bench(lambda looks, sighting: shifted(sighting, [0.0, 0.0, 0.15]) if looks == 1 else sighting)
    result = bench.run()
    assert result.code is ErrorCode.SUCCESS and bench.held()
    assert bench.eyes.looks == 2 and len(result.rejections) == 1


def test_a_thing_that_cannot_be_grasped_is_given_up_after_the_last_attempt():
    bench = Bench(lambda looks, sighting: shifted(sighting, [0.0, 0.0, 0.15]))
    result = bench.run()
    assert result.code is ErrorCode.MISSED
    assert bench.eyes.looks == 3


def test_grasps_outside_the_workspace_are_refused_with_the_place():
    bench = Bench(lambda looks, sighting: shifted(sighting, [0.4, 0.0, 0.0]))
    result = bench.run()
    assert result.code is ErrorCode.OUTSIDE_WORKSPACE
    assert "outside the workspace" in result.message and "approach" not in bench.stages


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
    for _ in range(10):
        bench.world.step(50)
    where = bench.world.object_poses()[bench.world.scene.target][:2, 3]
    assert np.hypot(*(where - place[:2, 3])) < 0.05


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "place"])
def test_cancel_in_any_stage_leaves_the_arm_at_rest(stage):
    token = CancelToken()
    bench = Bench(on_stage=lambda current: token.cancel() if current == stage else None)
    result = bench.pick.run(PickGoal("the thing"), token)
    assert result.code is ErrorCode.CANCELLED
    assert bench.stages[-1] == stage
    assert np.abs(bench.world.joint_velocities).max() < 0.02


def test_a_goal_without_instruction_or_grasp_is_refused():
    with pytest.raises(ValueError, match="neither"):
        PickGoal("  ")
