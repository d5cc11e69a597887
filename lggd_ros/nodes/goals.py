"""ExecuteGrasp goals -> PickGoal, PickResult -> ExecuteGrasp results."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import Header

from lggd_ros.execution.interfaces import CancelToken, GraspCandidate
from lggd_ros.execution.outcome import PickGoal, PickResult
from lggd_ros.execution.regions import known_region, split_instruction
from lggd_ros.grasps.lift import MAX_OPENING
from lggd_ros.robot.base import check_base
from lggd_ros.robot.grasps import grasp_candidate, grasp_message
from lggd_ros.robot.poses import pose_matrix
from lggd_ros.robot.transforms import Transforms
from lggd_ros_msgs.action import ExecuteGrasp
from lggd_ros_msgs.msg import Grasp

TRANSFORM_TIMEOUT = 2.0

_DOING = {
    "observe": "moving to where the camera sees the table",
    "detect": "looking for the named thing",
    "plan": "planning a reach for the best grasp",
    "open": "opening the hand",
    "approach": "reaching for the thing",
    "close": "closing the hand",
    "lift": "lifting",
    "verify": "checking what the hand holds",
    "place": "putting it down",
}


class GoalReader:
    """Carries goals into the base frame, at the stamps that their poses bear."""

    def __init__(self, transforms: Transforms, base_frame: str, regions: Collection[str]):
        self._transforms, self._base_frame, self._regions = transforms, base_frame, regions

    def read(self, request: ExecuteGrasp.Goal, cancel: CancelToken) -> PickGoal:
        """Raises ValueError on an unusable goal or base frame, TransformError, Cancelled."""
        instruction, region = split_instruction(request.instruction, self._regions)
        goal = PickGoal(
            instruction=instruction,
            grasp=self._grasp(request.grasp, cancel) if request.use_grasp else None,
            place=self._place(request.place_pose, cancel) if request.place else None,
            region=known_region(request.place_region, self._regions) if request.place_region else region,
            plan_only=request.plan_only,
        )
        check_base(self._transforms, self._base_frame, cancel)
        return goal

    def _grasp(self, grasp: Grasp, cancel: CancelToken) -> GraspCandidate:
        base = self._base(grasp.pose.header, cancel)
        if not 0 < grasp.object_width <= grasp.opening <= MAX_OPENING:
            raise ValueError(
                f"the grasp has object_width {grasp.object_width} m and opening {grasp.opening} m; "
                f"expected 0 < object_width <= opening <= {MAX_OPENING}"
            )
        return grasp_candidate(grasp, base)

    def _place(self, pose: PoseStamped, cancel: CancelToken) -> np.ndarray:
        return self._base(pose.header, cancel) @ pose_matrix(pose.pose)

    def _base(self, header: Header, cancel: CancelToken) -> np.ndarray:
        """Pose (4, 4) of the header's frame in the base frame."""
        if not header.frame_id:
            raise ValueError("a pose of the goal has no frame_id; say in which frame it is meant")
        return self._transforms.lookup(self._base_frame, header.frame_id, header.stamp, TRANSFORM_TIMEOUT, cancel)


def result_message(result: PickResult, base: Header) -> ExecuteGrasp.Result:
    """``base``: stamp and frame of the result's poses."""
    message = ExecuteGrasp.Result(
        error_code=int(result.code),
        message=result.message,
        measured_width=float(result.measured_width),
        left_its_place=result.left_its_place,
        recoveries=result.recoveries,
        stages=list(result.seconds),
        stage_seconds=list(result.seconds.values()),
        rejections=result.rejections,
    )
    if result.grasp is not None:
        message.grasp = grasp_message(result.grasp, base)
    return message


def stage_feedback(stage: str, attempt: int, progress: float) -> ExecuteGrasp.Feedback:
    """What begins now."""
    return ExecuteGrasp.Feedback(stage=stage, attempt=attempt, progress=progress, message=_DOING.get(stage, stage))
