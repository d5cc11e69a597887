"""Stands for moveit_py 2.12 (ROS 2 Jazzy), its messages and its configuration builder where MoveIt is not installed.

Names, argument names, defaults and types are those of the pybind11 bindings (moveit_py/src) and of
moveit_configs_utils; whatever else is called, passed or assigned raises, as it does there. Behind them coal finds
collisions, OMPL's RRT-Connect paths, and a motion lasts until the test ends it. Where MoveIt is installed,
test_moveit_planner.py makes the same demands of the real one, and test_moveit_real.py moves the simulated arm with it.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import time
import typing
import xml.etree.ElementTree as ElementTree
from array import array
from importlib.machinery import ModuleSpec
from itertools import combinations
from pathlib import Path
from types import ModuleType, UnionType

import coal
import numpy as np
import pinocchio as pin
import yaml
from geometry_msgs.msg import Pose
from shape_msgs.msg import SolidPrimitive
from std_msgs.msg import Header
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from lggd_ros.planning.robot_model import ARM_JOINTS, HAND_FRAME, TOOL_FRAME, RobotModel
from lggd_ros.planning.search import find_path
from lggd_ros.planning.timing import MotionLimits, densified, time_path
from lggd_ros.robot.poses import pose_matrix

GROUP = "fr3_arm"
LINKS = [f"fr3_link{i}" for i in range(1, 9)] + [HAND_FRAME, TOOL_FRAME]
OCTOMAP = "<octomap>"
Numbers = np.ndarray | list


def bound(function):
    """Refuses arguments of other types than annotated, as pybind11 does."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(*args, **kwargs):
        hints = typing.get_type_hints(function, globals())
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            kind = hints.get(name)
            checkable = isinstance(kind, type | UnionType)
            if checkable and not isinstance(value, kind):
                raise TypeError(f"{function.__qualname__}(): incompatible function arguments: {name}={value!r}")
        return function(*args, **kwargs)

    return checked


class Bound:
    """Has the attributes it was made with and no others."""

    def __setattr__(self, name, value):
        if not (name.startswith("_") or hasattr(self, name) or sys._getframe(1).f_code.co_name == "__init__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        object.__setattr__(self, name, value)


class Message:
    """A ROS message: ``fields`` with their defaults, checked as rclpy does."""

    fields: dict = {}

    def __init__(self, **values):
        assert values.keys() <= self.fields.keys(), f"invalid arguments {values.keys() - self.fields.keys()}"
        for name, make in self.fields.items():
            object.__setattr__(self, name, make())
        for name, value in values.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        kind = type(self.fields[name]())
        assert isinstance(value, kind), f"{name} is {value!r}, expected {kind.__name__}"
        object.__setattr__(self, name, value)


class Octomap(Message):
    fields = {
        "header": Header, "binary": bool, "id": str, "resolution": float, "data": functools.partial(array, "b")
    }  # fmt: skip


class CollisionObject(Message):
    ADD, REMOVE, APPEND, MOVE = b"\x00", b"\x01", b"\x02", b"\x03"
    fields = {
        "header": Header, "pose": Pose, "id": str, "primitives": list, "primitive_poses": list,
        "operation": functools.partial(bytes, 1)
    }  # fmt: skip


class AttachedCollisionObject(Message):
    fields = {"link_name": str, "object": CollisionObject, "touch_links": list}


class MoveItErrorCodes(Message):
    SUCCESS = 1
    UNDEFINED = 0
    FAILURE = 99999
    PLANNING_FAILED = -1
    INVALID_MOTION_PLAN = -2
    MOTION_PLAN_INVALIDATED_BY_ENVIRONMENT_CHANGE = -3
    CONTROL_FAILED = -4
    UNABLE_TO_AQUIRE_SENSOR_DATA = -5
    TIMED_OUT = -6
    PREEMPTED = -7
    START_STATE_IN_COLLISION = -10
    START_STATE_VIOLATES_PATH_CONSTRAINTS = -11
    START_STATE_INVALID = -26
    GOAL_IN_COLLISION = -12
    GOAL_VIOLATES_PATH_CONSTRAINTS = -13
    GOAL_CONSTRAINTS_VIOLATED = -14
    GOAL_STATE_INVALID = -27
    UNRECOGNIZED_GOAL_TYPE = -28
    INVALID_GROUP_NAME = -15
    INVALID_GOAL_CONSTRAINTS = -16
    INVALID_ROBOT_STATE = -17
    INVALID_LINK_NAME = -18
    INVALID_OBJECT_NAME = -19
    FRAME_TRANSFORM_FAILURE = -21
    COLLISION_CHECKING_UNAVAILABLE = -22
    ROBOT_STATE_STALE = -23
    SENSOR_INFO_STALE = -24
    COMMUNICATION_FAILURE = -25
    CRASH = -29
    ABORT = -30
    NO_IK_SOLUTION = -31
    fields = {"val": int}


class RobotTrajectoryMessage(Message):
    fields = {"joint_trajectory": JointTrajectory}


class AllowedCollisionMatrix(Bound):
    @bound
    def __init__(self, names: list, default_entry: bool = False):
        self._entries = {frozenset(pair): default_entry for pair in combinations(names, 2)}

    @bound
    def get_entry(self, name1: str, name2: str):
        allowed = self._entries.get(frozenset((name1, name2)))
        return allowed is not None, {True: "ALWAYS", False: "NEVER", None: "UNKNOWN"}[allowed]

    @bound
    def set_entry(self, name1: str, name2: str, allowed: bool):
        self._entries[frozenset((name1, name2))] = allowed


class CollisionRequest(Bound):
    def __init__(self):
        self.joint_model_group_name, self.contacts, self.max_contacts = "", False, 1


class CollisionResult(Bound):
    """Its ``contacts`` cannot be read: the type of their values is not bound."""

    def __init__(self):
        self.collision, self.distance = False, np.inf


class JointModelGroup(Bound):
    def __init__(self):
        self.name, self.link_model_names = GROUP, list(LINKS)


class RobotModelDouble(Bound):
    def __init__(self):
        self.model_frame, self._group = "base", JointModelGroup()

    @bound
    def get_joint_model_group(self, joint_model_group_name: str):
        return self._group if joint_model_group_name == GROUP else None


class RobotState(Bound):
    def __init__(self, attached=()):
        self._joints, self._fingers, self._attached, self._fresh = np.zeros(7), 0.0, list(attached), False

    def __copy__(self):
        twin = RobotState(self._attached)
        twin._joints, twin._fingers = self._joints.copy(), self._fingers
        return twin

    @property
    def joint_positions(self):
        return dict(zip(ARM_JOINTS, self._joints, strict=True)) | {"fr3_finger_joint1": self._fingers}

    @joint_positions.setter
    def joint_positions(self, values: dict):
        for name, value in values.items():
            if name == "fr3_finger_joint1":
                self._fingers = value
            else:
                self._joints[ARM_JOINTS.index(name)] = value
        self._fresh = False

    @bound
    def set_joint_group_positions(self, joint_model_group_name: str, position_values: Numbers):
        assert joint_model_group_name == GROUP
        self._joints, self._fresh = np.array(position_values, float).reshape(7), False

    @bound
    def update(self, force: bool = False, type: str = "all"):
        self._fresh = True

    @property
    def dirty(self):
        return not self._fresh


class PlanningScene(Bound):
    """Checks collisions with coal; both fingers are where the state's first one is."""

    def __init__(self, robot, allowed):
        self._robot, self._allowed, self._world, self._state, self._model = robot, allowed, {}, RobotState(), None

    def __copy__(self):
        twin = PlanningScene(self._robot, AllowedCollisionMatrix([]))
        twin._allowed._entries.update(self._allowed._entries)
        twin._world, twin._state = dict(self._world), self._state.__copy__()
        return twin

    @property
    def current_state(self):
        return self._state

    @current_state.setter
    def current_state(self, state: RobotState):
        self._state, self._model = state.__copy__(), None

    @property
    def allowed_collision_matrix(self):
        return self._allowed

    @allowed_collision_matrix.setter
    def allowed_collision_matrix(self, matrix: AllowedCollisionMatrix):
        self._allowed, self._model = matrix, None

    @bound
    def apply_collision_object(self, collision_object_msg: CollisionObject, color_msg: object = None):
        assert collision_object_msg.header.frame_id == "base" and collision_object_msg.operation == CollisionObject.ADD
        self._world[collision_object_msg.id] = (_box(collision_object_msg), _pose(collision_object_msg))
        self._model = None

    @bound
    def process_octomap(self, msg: Octomap):
        self._world.pop(OCTOMAP, None)
        if len(msg.data):
            assert msg.id == "OcTree" and msg.binary and msg.header.frame_id == "base"
            centres = occupied(msg.data.tobytes(), msg.resolution)
            self._world[OCTOMAP] = (coal.makeOctree(centres, msg.resolution), pin.SE3.Identity())
        self._model = None

    @bound
    def process_attached_collision_object(self, object: AttachedCollisionObject):
        assert object.link_name == object.object.header.frame_id and object.object.operation == CollisionObject.ADD
        self._state._attached.append(object)
        self._model = None
        return True

    @bound
    def is_state_colliding(self, robot_state: RobotState, joint_model_group_name: str, verbose: bool = False):
        return self._collides(robot_state, self._allowed)

    @bound
    def check_collision(
        self,
        collision_request: CollisionRequest,
        collision_result: CollisionResult,
        state: RobotState,
        acm: AllowedCollisionMatrix,
    ):
        self._model = None
        collision_result.collision = self._collides(state, acm)
        self._model = None

    def _collides(self, state, allowed):
        assert not state.dirty, "the state was not updated"
        if self._model is None:
            self._model = _geometry(self._robot, self._world, state, allowed)
        data = pin.GeometryData(self._model)
        return pin.computeCollisions(self._robot.model, self._robot.data, self._model, data, state._joints, True)


def _geometry(robot, world, state, allowed):
    """pinocchio's shapes and the pairs of them that are not allowed to touch."""
    geometry, touch = robot.shapes_with_fingers(2 * state._fingers), {}
    for item in state._attached:
        frame = robot.model.frames[robot.model.getFrameId(item.link_name)]
        placed = frame.placement * _pose(item.object)
        geometry.addGeometryObject(pin.GeometryObject(item.object.id, frame.parentJoint, placed, _box(item.object)))
        touch[item.object.id] = {item.link_name, *item.touch_links}
    for name, (shape, pose) in world.items():
        geometry.addGeometryObject(pin.GeometryObject(name, 0, pose, shape))
    for i, j in combinations(range(geometry.ngeoms), 2):
        first, second = (_link(geometry.geometryObjects[k].name) for k in (i, j))
        fixed = first in world and second in world
        held = second in touch.get(first, ()) or first in touch.get(second, ())
        if first != second and not fixed and not held and allowed.get_entry(first, second) != (True, "ALWAYS"):
            geometry.addCollisionPair(pin.CollisionPair(i, j))
    return geometry


def _link(name):
    return name.rsplit("_", 1)[0] if "finger" in name else name


def _box(message):
    (shape,) = message.primitives
    assert shape.type == SolidPrimitive.BOX and len(message.primitive_poses) == 1
    return coal.Box(*shape.dimensions)


def _pose(message):
    return pin.SE3(pose_matrix(message.pose))


def occupied(data: bytes, resolution: float) -> np.ndarray:
    """Centres (N, 3) of the occupied voxels in octomap's binary format, read as octomap's readBinaryNode does."""
    stream, cells = iter(data), []

    def read(corner, depth):
        flags = next(stream) | next(stream) << 8
        kinds = [flags >> 2 * child & 3 for child in range(8)]
        for child, kind in enumerate(kinds):
            edge = 2 ** (15 - depth)
            inner = corner + edge * np.array([child & 1, child >> 1 & 1, child >> 2])
            if kind == 0b11:
                read(inner, depth + 1)
            elif kind == 0b10:
                steps = np.stack(np.meshgrid(*[np.arange(edge)] * 3), axis=-1).reshape(-1, 3)
                cells.extend(inner + steps)

    read(np.full(3, -(2**15)), 0)
    assert next(stream, None) is None, "bytes are left over"
    return (np.array(cells) + 0.5) * resolution


class PlanRequestParameters(Bound):
    def __init__(self, moveit, ns, /):
        assert isinstance(moveit, MoveItPy) and isinstance(ns, str)
        defaults = moveit._parameters.get("plan_request_params", {})
        self.planner_id = defaults.get("planner_id", "")
        self.planning_pipeline = defaults.get("planning_pipeline", "")
        self.planning_time = defaults.get("planning_time", 1.0)
        self.planning_attempts = defaults.get("planning_attempts", 5)
        self.max_velocity_scaling_factor = self.max_acceleration_scaling_factor = 1.0


class RobotTrajectory(Bound):
    def __init__(self, trajectory):
        self._trajectory = trajectory

    @bound
    def get_robot_trajectory_msg(self, joint_filter: list = []):  # noqa: B006
        points = []
        own = self._trajectory
        for row in zip(own.times, own.positions, own.velocities, own.accelerations, strict=True):
            point = JointTrajectoryPoint(
                positions=row[1].tolist(), velocities=row[2].tolist(), accelerations=row[3].tolist()
            )
            point.time_from_start.sec, point.time_from_start.nanosec = int(row[0]), round(row[0] % 1 * 1e9)
            points.append(point)
        message = JointTrajectory(joint_names=list(own.joint_names), points=points)
        return RobotTrajectoryMessage(joint_trajectory=message)


class MotionPlanResponse(Bound):
    def __init__(self, code, trajectory=None):
        self.error_code, self.trajectory = MoveItErrorCodes(val=code), trajectory

    def __bool__(self):
        return self.error_code.val == 1


class PlanningComponent(Bound):
    def __init__(self, moveit, group):
        self._moveit, self.planning_group_name, self._start, self._goal = moveit, group, None, None

    @bound
    def set_start_state(self, configuration_name: str | None = None, robot_state: RobotState | None = None):
        self._start = robot_state.__copy__()
        return True

    @bound
    def set_goal_state(
        self,
        configuration_name: str | None = None,
        robot_state: RobotState | None = None,
        pose_stamped_msg: object | None = None,
        pose_link: str | None = None,
        motion_plan_constraints: list | None = None,
    ):
        self._goal = robot_state.__copy__()
        return True

    @bound
    def plan(
        self,
        single_plan_parameters: PlanRequestParameters | None = None,
        multi_plan_parameters: object | None = None,
        planning_scene: PlanningScene | None = None,
        solution_selection_function: object | None = None,
        stopping_criterion_callback: object | None = None,
    ):
        self._moveit.plans += 1
        if self._moveit.answers:
            return MotionPlanResponse(self._moveit.answers.pop(0))
        assert (
            single_plan_parameters.planning_pipeline in self._moveit._parameters["planning_pipelines"]["pipeline_names"]
        )
        state, robot = self._start.__copy__(), planning_scene._robot

        def is_free(joints):
            state.set_joint_group_positions(GROUP, joints)
            state.update()
            return not planning_scene.is_state_colliding(state, GROUP)

        if not is_free(self._start._joints):
            return MotionPlanResponse(-10)
        end = time.monotonic() + single_plan_parameters.planning_time
        path = find_path(
            is_free,
            (robot.lower, robot.upper),
            self._start._joints,
            self._goal._joints[None],
            self._moveit.plans,
            lambda: time.monotonic() > end,
        )
        if path is None:
            return MotionPlanResponse(-6)
        limits = MotionLimits(
            robot.velocity * single_plan_parameters.max_velocity_scaling_factor,
            robot.acceleration * single_plan_parameters.max_acceleration_scaling_factor,
            0.1,
        )
        return MotionPlanResponse(1, RobotTrajectory(time_path(densified(path, 0.1), limits)))


class ReadOnly(Bound):
    def __init__(self, scene):
        self._scene = scene

    def __enter__(self):
        return self._scene

    def __exit__(self, type, value, traceback):
        return None


class PlanningSceneMonitor(Bound):
    def __init__(self, scene):
        self._scene = scene

    @bound
    def read_only(self):
        return ReadOnly(self._scene)


class ExecutionStatus(Bound):
    def __init__(self, status):
        self._status = status

    @property
    def status(self):
        return self._status

    def __bool__(self):
        return self._status == "SUCCEEDED"


class TrajectoryExecutionManager(Bound):
    """``pushed``: what was to be executed; ``started``: whether a motion runs, which ``finish`` ends.

    As in MoveIt a stop is forgotten when it comes before the motion has started, which it does once ``checked`` is set.
    """

    def __init__(self):
        self.pushed, self.stops, self.started, self.accepts = [], 0, threading.Event(), True
        self._over, self._status, self.checked = threading.Event(), "SUCCEEDED", threading.Event()
        self.checked.set()

    @bound
    def push(self, trajectory: JointTrajectory | RobotTrajectoryMessage, controller: str = ""):
        self.pushed.append(trajectory)
        return self.accepts

    @bound
    def execute_and_wait(self, auto_clear: bool = True):
        self.checked.wait()
        self._over.clear()
        self.started.set()
        self._over.wait()
        self.started.clear()
        return ExecutionStatus(self._status)

    @bound
    def stop_execution(self, auto_clear: bool = True):
        self.stops += 1
        if self.started.is_set():
            self.finish("PREEMPTED")

    def finish(self, status="SUCCEEDED"):
        self._status = status
        self._over.set()


class MoveItPy(Bound):
    """``answers``: error codes that the next plans end with; ``plans``: how many there were."""

    @bound
    def __init__(
        self,
        node_name: str = "moveit_py",
        name_space: str = "",
        launch_params_filepaths: list = [],  # noqa: B006
        config_dict: dict | None = None,
        provide_planning_service: bool = True,
        remappings: dict | None = None,
    ):
        (path,) = launch_params_filepaths
        self._parameters = yaml.safe_load(Path(path).read_text())["/**"]["ros__parameters"]
        self.answers, self.plans, self._scene = [], 0, _first_scene(self._parameters)
        self._manager = TrajectoryExecutionManager()

    @bound
    def get_planning_component(self, planning_component_name: str):
        return PlanningComponent(self, planning_component_name)

    @bound
    def get_planning_scene_monitor(self):
        return PlanningSceneMonitor(self._scene)

    @bound
    def get_trajectory_execution_manager(self):
        return self._manager

    @bound
    def get_robot_model(self):
        return RobotModelDouble()

    @bound
    def shutdown(self):
        return None


def _first_scene(parameters):
    """Only what the SRDF allows may touch."""
    allowed = AllowedCollisionMatrix([])
    for pair in ElementTree.fromstring(parameters["robot_description_semantic"]).iter("disable_collisions"):
        allowed.set_entry(pair.get("link1"), pair.get("link2"), True)
    return PlanningScene(RobotModel(), allowed)


class MoveItConfigs:
    def __init__(self, parameters):
        self._parameters = parameters

    def to_dict(self):
        return self._parameters


class MoveItConfigsBuilder:
    @bound
    def __init__(self, robot_name: str, robot_description: str = "robot_description", package_name: str | None = None):
        self._parameters = {}

    @bound
    def robot_description(self, file_path: str | None = None, mappings: dict | None = None):
        self._parameters["robot_description"] = Path(file_path).read_text()

    @bound
    def robot_description_semantic(self, file_path: str | None = None, mappings: dict | None = None):
        self._parameters["robot_description_semantic"] = Path(file_path).read_text()

    @bound
    def robot_description_kinematics(self, file_path: str | None = None):
        self._parameters["robot_description_kinematics"] = _yaml(file_path)

    @bound
    def joint_limits(self, file_path: str | None = None):
        self._parameters["robot_description_planning"] = _yaml(file_path)

    @bound
    def trajectory_execution(self, file_path: str | None = None, moveit_manage_controllers: bool = True):
        self._parameters |= {"moveit_manage_controllers": moveit_manage_controllers} | _yaml(file_path)

    @bound
    def planning_pipelines(
        self, default_planning_pipeline: str | None = None, pipelines: list | None = None, load_all: bool = True
    ):
        self._parameters |= {"planning_pipelines": pipelines, "default_planning_pipeline": default_planning_pipeline}
        self._parameters["ompl"] = {"planning_plugins": ["the default file's"]}

    @bound
    def moveit_cpp(self, file_path: str | None = None):
        self._cpp = _yaml(file_path)

    @bound
    def to_moveit_configs(self):
        return MoveItConfigs(self._parameters | self._cpp)


def _yaml(path):
    return yaml.safe_load(Path(path).read_text())


MODULES = {
    "moveit": {},
    "moveit.core": {},
    "moveit.core.collision_detection": {
        "AllowedCollisionMatrix": AllowedCollisionMatrix,
        "CollisionRequest": CollisionRequest,
        "CollisionResult": CollisionResult,
    },
    "moveit.planning": {"MoveItPy": MoveItPy, "PlanRequestParameters": PlanRequestParameters},
    "moveit_msgs": {},
    "moveit_msgs.msg": {"AttachedCollisionObject": AttachedCollisionObject, "CollisionObject": CollisionObject},
    "octomap_msgs": {},
    "octomap_msgs.msg": {"Octomap": Octomap},
    "moveit_configs_utils": {"MoveItConfigsBuilder": MoveItConfigsBuilder},
}


def install(monkeypatch):
    """Makes the double importable for one test."""
    for name, content in MODULES.items():
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
