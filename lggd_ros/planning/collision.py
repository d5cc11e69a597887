"""What the arm collides with: itself, the table plane z = 0, and obstacle voxels."""

from __future__ import annotations

import coal
import numpy as np
import pinocchio as pin

from lggd_ros.grasps.lift import MAX_OPENING
from lggd_ros.planning.obstacles import VoxelMap
from lggd_ros.planning.planner import CarriedBox
from lggd_ros.planning.robot_model import RobotModel

TABLE, OBSTACLE, CARRIED = "the table", "an obstacle", "the carried thing"
_FIXED_TO_TABLE = ("fr3_link0", "fr3_link1")


class CollisionChecker:
    """Collisions of the arm with itself and, ``margin`` metres before they happen, with table and obstacles.

    ``carried`` moves with the hand, whose fingers are ``opening`` metres apart. ``finger_obstacles``: what the fingers
    are checked against instead of ``obstacles``, for near a grasp they may touch what the rest may not. What is carried
    may then touch it, too, and stand on the table.
    """

    def __init__(
        self,
        robot: RobotModel,
        obstacles: VoxelMap,
        margin: float,
        finger_obstacles: VoxelMap | None = None,
        carried: CarriedBox | None = None,
        opening: float = MAX_OPENING,
    ) -> None:
        self._robot = robot
        self._scene = robot.shapes_with_fingers(opening)
        if carried is not None:
            self._scene.addGeometryObject(_held(robot, carried))
        self._shapes = list(range(len(self._scene.geometryObjects)))
        self._environment: list[pin.CollisionPair] = []
        touching = [i for i in self._movable() if _is_finger(self._name(i)) or self._name(i) == CARRIED]
        others = [i for i in self._movable() if i not in touching]
        off_table = [i for i in self._movable() if self._name(i) != CARRIED or finger_obstacles is None]
        self._oppose(off_table, TABLE, coal.Halfspace(np.array([0.0, 0.0, 1.0]), 0.0))
        self._oppose(touching, OBSTACLE, (finger_obstacles or obstacles).octree())
        self._oppose(others, OBSTACLE, obstacles.octree())
        self._oppose_itself()
        self._prepare(margin)

    def is_free(self, joints: np.ndarray) -> bool:
        """True where the arm at joints (7,) touches nothing."""
        return not pin.computeCollisions(self._robot.model, self._robot.data, self._broadphase, joints, True)

    def first_blocked(self, path: np.ndarray) -> int | None:
        """Index of the first of joints (N, 7) in collision, None where all are free."""
        return next((i for i, joints in enumerate(path) if not self.is_free(joints)), None)

    def contacts(self, joints: np.ndarray) -> list[tuple[str, str]]:
        """Pairs of names of all bodies that collide at joints (7,)."""
        pin.computeCollisions(self._robot.model, self._robot.data, self._scene, self._state, joints, False)
        touching = [
            pair
            for pair, result in zip(self._scene.collisionPairs, self._state.collisionResults, strict=True)
            if result.isCollision()
        ]
        return sorted({(_body(self._name(pair.first)), _body(self._name(pair.second))) for pair in touching})

    def describe(self, joints: np.ndarray) -> str:
        """The collisions at joints (7,) in words, such as ``fr3_hand hits the table``."""
        return " and ".join(f"{first} hits {second}" for first, second in self.contacts(joints))

    def _name(self, index: int) -> str:
        return self._scene.geometryObjects[index].name

    def _joint(self, index: int) -> int:
        return self._scene.geometryObjects[index].parentJoint

    def _movable(self) -> list[int]:
        return [i for i in self._shapes if self._name(i) not in _FIXED_TO_TABLE]

    def _oppose(self, bodies: list[int], name: str, geometry: coal.CollisionGeometry | None) -> None:
        if geometry is None:
            return
        fixed = pin.GeometryObject(f"{name}:{self._scene.ngeoms}", 0, 0, pin.SE3.Identity(), geometry)
        index = self._scene.addGeometryObject(fixed)
        self._environment += [pin.CollisionPair(body, index) for body in bodies]

    def _oppose_itself(self) -> None:
        """Bodies on the same or on neighbouring links always touch; all others must not."""
        itself = [
            pin.CollisionPair(i, j)
            for i in self._shapes
            for j in self._shapes[i + 1 :]
            if abs(self._joint(i) - self._joint(j)) > 1
        ]
        for pair in self._environment + itself:
            self._scene.addCollisionPair(pair)

    def _prepare(self, margin: float) -> None:
        self._state = self._scene.createData()
        for index in range(len(self._environment)):
            self._state.collisionRequests[index].security_margin = margin
        self._broadphase = pin.BroadPhaseManager_DynamicAABBTreeCollisionManager(
            self._robot.model, self._scene, self._state
        )


def _held(robot: RobotModel, box: CarriedBox) -> pin.GeometryObject:
    joint, tool = robot.tool_placement
    return pin.GeometryObject(CARRIED, joint, tool * pin.SE3(box.pose), coal.Box(*(2 * box.half_sizes)))


def _is_finger(name: str) -> bool:
    return "finger" in name


def _body(name: str) -> str:
    """A body's name without what tells its parts apart."""
    return name.split(":")[0].rsplit("_", 1)[0] if _is_finger(name) else name.split(":")[0]
