"""What the arm collides with, as MoveIt planning scenes: itself, table, obstacle voxels, and what the hand carries."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from geometry_msgs.msg import Pose
from moveit.core.collision_detection import CollisionRequest, CollisionResult
from moveit_msgs.msg import AttachedCollisionObject, CollisionObject
from scipy.ndimage import binary_dilation
from shape_msgs.msg import SolidPrimitive

from lggd_ros.planning.collision import CARRIED, OBSTACLE, TABLE
from lggd_ros.planning.config import Attachment
from lggd_ros.planning.moveit_config import GROUP
from lggd_ros.planning.moveit_octomap import octomap_message
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.planning.planner import CarriedBox
from lggd_ros.planning.robot_model import HAND_FRAME, TOOL_FRAME
from lggd_ros.robot.poses import pose_message

if TYPE_CHECKING:
    from moveit.core.collision_detection import AllowedCollisionMatrix
    from moveit.core.planning_scene import PlanningScene
    from moveit.core.robot_state import RobotState
    from moveit.planning import MoveItPy

OCTOMAP = "<octomap>"  # MoveIt's own name for it
_BASE_LINK = "fr3_link0"  # not a part of the group
_ON_TABLE = (_BASE_LINK, "fr3_link1")
_FINGER_JOINT = "fr3_finger_joint1"  # the other finger follows
_FINGERS = ("fr3_leftfinger", "fr3_rightfinger")
_AROUND_HAND = ["fr3_link6", "fr3_link7", HAND_FRAME, *_FINGERS]
STANDING = [(CARRIED, TABLE)]
TOUCHING = [*STANDING, *((body, OCTOMAP) for body in (*_FINGERS, CARRIED))]
_TABLE_HALF_SIZES = np.array([2.0, 2.0, 0.05])


class SceneMaker:
    """Makes scenes out of MoveIt's own, which stays empty. Frame: the root of the robot description, ``base``."""

    def __init__(self, moveit: MoveItPy, attachments: Sequence[Attachment]) -> None:
        with moveit.get_planning_scene_monitor().read_only() as scene:
            self._empty = copy.copy(scene)
        model = moveit.get_robot_model()
        self._frame = model.model_frame
        self._links = model.get_joint_model_group(joint_model_group_name=GROUP).link_model_names
        self._attachments = attachments

    def make(
        self,
        obstacles: VoxelMap,
        margin: float,
        hand: tuple[CarriedBox | None, float],
        may_touch: Sequence[tuple[str, str]] = (),
    ) -> Scene:
        """A scene that keeps ``margin`` metres from table and obstacles; pairs in ``may_touch`` are not checked.

        ``hand``: what it carries, and how far apart its fingers are, metres.
        """
        carried, opening = hand
        scene = copy.copy(self._empty)
        held = [_box(each.name, HAND_FRAME, each.pose, each.half_sizes) for each in self._attachments]
        if carried is not None:
            held.append(_box(CARRIED, TOOL_FRAME, carried.pose, carried.half_sizes))
        for box in held:
            attached = AttachedCollisionObject(link_name=box.header.frame_id, object=box, touch_links=_AROUND_HAND)
            scene.process_attached_collision_object(object=attached)
        scene.apply_collision_object(collision_object_msg=self._table(margin))
        scene.process_octomap(msg=octomap_message(_grown(obstacles, margin), self._frame))
        _allow(scene, [*((link, TABLE) for link in _ON_TABLE), *may_touch])
        scene.current_state = _with_fingers(scene.current_state, opening)
        return Scene(scene, [_BASE_LINK, *self._links, *_FINGERS, *(box.id for box in held), TABLE, OCTOMAP])

    def _table(self, margin: float) -> CollisionObject:
        pose = np.eye(4)
        pose[2, 3] = margin - _TABLE_HALF_SIZES[2]
        return _box(TABLE, self._frame, pose, _TABLE_HALF_SIZES)


class Scene:
    """A planning scene, and the names of all bodies in it."""

    def __init__(self, planning_scene: PlanningScene, bodies: Sequence[str]) -> None:
        self.planning_scene, self._bodies = planning_scene, list(bodies)
        self._state = copy.copy(planning_scene.current_state)

    def state(self, joints: np.ndarray) -> RobotState:
        """The robot at joints (7,) with all that is attached to it; good until the next call."""
        self._state.set_joint_group_positions(joint_model_group_name=GROUP, position_values=joints)
        self._state.update()
        return self._state

    def is_free(self, joints: np.ndarray) -> bool:
        """True where the arm at joints (7,) touches nothing."""
        state = self.state(joints)
        return not self.planning_scene.is_state_colliding(robot_state=state, joint_model_group_name=GROUP)

    def contacts(self, joints: np.ndarray) -> Iterator[tuple[str, str]]:
        """Pairs of names of bodies that collide. Each pair is asked for: moveit_py binds no list of contacts."""
        allowed, state = self.planning_scene.allowed_collision_matrix, self.state(joints)
        asked = copy.copy(self.planning_scene).allowed_collision_matrix
        pairs = list(combinations(self._bodies, 2))
        for pair in pairs:
            asked.set_entry(*pair, True)
        for pair in pairs:
            if allowed.get_entry(*pair) == (True, "ALWAYS"):
                continue
            asked.set_entry(*pair, False)
            if self._collides(state, asked):
                first, second = (OBSTACLE if body == OCTOMAP else body for body in pair)
                yield first, second
            asked.set_entry(*pair, True)

    def _collides(self, state: RobotState, allowed: AllowedCollisionMatrix) -> bool:
        result = CollisionResult()
        self.planning_scene.check_collision(
            collision_request=CollisionRequest(), collision_result=result, state=state, acm=allowed
        )
        return result.collision


class SceneChecker:
    """What ``CollisionChecker`` tells, asked of scenes: joints are free where they are free in all of them."""

    def __init__(self, *scenes: Scene) -> None:
        self.scenes = scenes

    def is_free(self, joints: np.ndarray) -> bool:
        """True where the arm at joints (7,) touches nothing."""
        return all(scene.is_free(joints) for scene in self.scenes)

    def first_blocked(self, path: np.ndarray) -> int | None:
        """Index of the first of joints (N, 7) in collision, None where all are free."""
        return next((i for i, joints in enumerate(path) if not self.is_free(joints)), None)

    def contacts(self, joints: np.ndarray) -> list[tuple[str, str]]:
        """Pairs of names of all bodies that collide at joints (7,)."""
        return sorted({pair for scene in self.scenes for pair in scene.contacts(joints)})

    def describe(self, joints: np.ndarray) -> str:
        """The collisions at joints (7,) in words, such as ``fr3_hand hits the table``."""
        return " and ".join(f"{first} hits {second}" for first, second in self.contacts(joints))


def _with_fingers(state: RobotState, opening: float) -> RobotState:
    moved = copy.copy(state)
    moved.joint_positions = {_FINGER_JOINT: opening / 2}
    return moved


def _box(name: str, frame: str, pose: np.ndarray, half_sizes: np.ndarray) -> CollisionObject:
    shape = SolidPrimitive(type=SolidPrimitive.BOX, dimensions=(2 * np.asarray(half_sizes, float)).tolist())
    box = CollisionObject(
        id=name, pose=pose_message(pose), primitives=[shape], primitive_poses=[Pose()], operation=CollisionObject.ADD
    )
    box.header.frame_id = frame
    return box


def _allow(scene: PlanningScene, pairs: Sequence[tuple[str, str]]) -> None:
    allowed = scene.allowed_collision_matrix
    for pair in pairs:
        allowed.set_entry(*pair, True)
    scene.allowed_collision_matrix = allowed


def _grown(voxels: VoxelMap, margin: float) -> VoxelMap:
    """With the voxels around them up to ``margin``, rounded: MoveIt's padding stretches a link, and is no distance."""
    reach = round(margin / voxels.resolution)
    if not reach or not len(voxels.centres):
        return voxels
    cells = np.floor(voxels.centres / voxels.resolution).astype(int)
    corner = cells.min(axis=0) - reach
    occupied = np.zeros(cells.max(axis=0) + reach + 1 - corner, bool)
    occupied[tuple((cells - corner).T)] = True
    grown = np.argwhere(binary_dilation(occupied, np.ones(3 * [2 * reach + 1]))) + corner
    return VoxelMap((grown + 0.5) * voxels.resolution, voxels.resolution)
