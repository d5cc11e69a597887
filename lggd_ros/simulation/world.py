"""The robot at its table in MuJoCo: arm, hand, wrist camera and things, stepped at 500 Hz. Deterministic."""

from __future__ import annotations

from functools import cached_property

import mujoco
import numpy as np

from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.simulation.gripper import FrankaGripper
from lggd_ros.simulation.mount import HAND_TO_CAMERA, HAND_TO_TCP, OBSERVE_JOINTS
from lggd_ros.simulation.robot import ARM_JOINTS, FINGERS, TIMESTEP, robot_spec
from lggd_ros.simulation.trajectory import SetPoint, Tolerances, TrajectoryFollower
from lggd_ros.simulation.views import CameraImage, Overview, WorldState, WristCamera
from lggd_ros.tabletop.scenes import Scene, furnish

HELD_HEIGHT = 0.03
SETTLE_STEPS = 100


class RobotWorld:
    """One scene with the robot in it, in the observe pose with open fingers. Not thread-safe: guard it by a lock."""

    def __init__(self, scene: Scene):
        spec = robot_spec()
        furnish(spec, scene)
        self.scene = scene
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.gripper = FrankaGripper(self.model, self.data)
        self._arm = [int(self.model.joint(name).qposadr[0]) for name in ARM_JOINTS]
        self._dofs = [int(self.model.joint(name).dofadr[0]) for name in ARM_JOINTS]
        self._servos = [self.model.actuator(name).id for name in ARM_JOINTS]
        self._objects = {body.name: body.id for body in self._bodies() if _is_free(self.model, body.id)}
        self._fingers = [self.model.body(name).id for name in FINGERS]
        self._follower: TrajectoryFollower | None = None
        self._set_point = SetPoint.at_rest(OBSERVE_JOINTS)
        self.data.qpos[self._arm] = OBSERVE_JOINTS
        mujoco.mj_forward(self.model, self.data)
        self.step(SETTLE_STEPS)

    @property
    def time(self) -> float:
        """Simulated seconds."""
        return float(self.data.time)

    @property
    def joint_positions(self) -> np.ndarray:
        """Arm joints (7,) in rad."""
        return self.data.qpos[self._arm]

    @property
    def joint_velocities(self) -> np.ndarray:
        """Arm joints (7,) in rad/s."""
        return self.data.qvel[self._dofs]

    @property
    def state(self) -> WorldState:
        """This moment, copied."""
        return WorldState(self.time, self.data.qpos.copy())

    def step(self, n: int = 1) -> None:
        """Advance by ``n`` steps of 2 ms."""
        for _ in range(n):
            if self._follower is not None:
                self._set_point = self._follower.advance(TIMESTEP, self.joint_positions)
                if self._follower.outcome is not None:
                    self._follower = None
            self.gripper.advance(TIMESTEP)
            self._drive_arm(self._set_point)
            mujoco.mj_step(self.model, self.data)

    def follow(self, times: np.ndarray, derivatives: np.ndarray, tolerances: Tolerances | None = None) -> TrajectoryFollower:
        """Start a trajectory (see TrajectoryFollower), replacing one that runs; it moves as the world is stepped."""
        if self._follower is not None:
            self._follower.preempt()
        self._follower = TrajectoryFollower(self._set_point, times, derivatives, tolerances)
        return self._follower

    def follow_trajectory(self, trajectory: JointTrajectory) -> TrajectoryFollower:
        """Start a planned trajectory."""
        derivatives = np.stack([trajectory.positions, trajectory.velocities, trajectory.accelerations], axis=1)
        return self.follow(trajectory.times, derivatives)

    def set_arm_target(self, positions: np.ndarray, velocities: np.ndarray | None = None) -> None:
        """Send the arm to joints (7,) in rad, passing them at (7,) rad/s (at rest by default), until told otherwise."""
        self._follower = None
        self._set_point = SetPoint(positions, np.zeros(7) if velocities is None else velocities, np.zeros(7))

    def body_pose(self, name: str) -> np.ndarray:
        """Pose (4, 4) of a body in the base frame."""
        body = self.data.body(name)
        return _pose(body.xmat, body.xpos)

    @property
    def tool_pose(self) -> np.ndarray:
        """Pose (4, 4) of the grasp frame in the base frame."""
        return self.body_pose("hand") @ HAND_TO_TCP

    @property
    def camera_pose(self) -> np.ndarray:
        """Pose (4, 4) of the optical frame in the base frame."""
        return self.body_pose("hand") @ HAND_TO_CAMERA

    def object_poses(self) -> dict[str, np.ndarray]:
        """Pose (4, 4) of every object in the base frame, by name."""
        return {name: self.body_pose(name) for name in self._objects}

    def object_heights(self) -> dict[str, float]:
        """Metres between the table and the lowest point of every object, by name."""
        return {name: self._lowest_point(body) for name, body in self._objects.items()}

    def held_objects(self) -> list[str]:
        """Names of the objects that both fingers touch, more than 3 cm above the table."""
        touched = [self._touched_by(finger) for finger in self._fingers]
        heights = self.object_heights()
        return [name for name, body in self._objects.items() if body in touched[0] & touched[1] and heights[name] > HELD_HEIGHT]

    def render_camera(self) -> CameraImage:
        """What the wrist camera sees now, with the sensor's noise."""
        return self._camera.render(self.state)

    def render_overview(self, width: int = 640, height: int = 480) -> np.ndarray:
        """A picture (height, width, 3) of robot and table for people."""
        return self._overview(width, height).render(self.state)

    @cached_property
    def _camera(self) -> WristCamera:
        return WristCamera(self.model, self.scene.seed)

    def _overview(self, width: int, height: int) -> Overview:
        if (width, height) not in self._overviews:
            self._overviews[width, height] = Overview(self.model, width, height)
        return self._overviews[width, height]

    @cached_property
    def _overviews(self) -> dict[tuple[int, int], Overview]:
        return {}

    def _bodies(self) -> list:
        return [self.model.body(i) for i in range(self.model.nbody)]

    def _drive_arm(self, target: SetPoint) -> None:
        """Servo set points with feed-forward of velocity and of inverse dynamics: without, the arm lags by 0.1 s."""
        model, data = self.model, self.data
        acceleration, inertia = np.zeros(model.nv), np.zeros(model.nv)
        acceleration[self._dofs] = target.accelerations
        mujoco.mj_mulM(model, data, inertia, acceleration)
        torque = (inertia + data.qfrc_bias - data.qfrc_passive)[self._dofs]
        stiffness, damping = model.actuator_gainprm[self._servos, 0], -model.actuator_biasprm[self._servos, 2]
        data.ctrl[self._servos] = target.positions + (damping * target.velocities + torque) / stiffness

    def _touched_by(self, finger: int) -> set[int]:
        """Bodies in contact with a finger."""
        contacts = self.data.contact
        bodies = self.model.geom_bodyid[contacts.geom]
        return {int(b if a == finger else a) for a, b in bodies if finger in (a, b)}

    def _lowest_point(self, body: int) -> float:
        geoms = np.flatnonzero((self.model.geom_bodyid == body) & (self.model.geom_contype > 0))
        return min(float(self.data.geom_xpos[g, 2]) - _reach_down(self.model, self.data, g) for g in geoms)


def _reach_down(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> float:
    """How far a primitive reaches below its centre, metres."""
    size, down = model.geom_size[geom], np.abs(data.geom_xmat[geom].reshape(3, 3)[2])
    kind = model.geom_type[geom]
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        return float(size @ down)
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return float(size[0] * np.hypot(down[0], down[1]) + size[1] * down[2])
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return float(size[0] + size[1] * down[2])
    if kind == mujoco.mjtGeom.mjGEOM_ELLIPSOID:
        return float(np.linalg.norm(size * down))
    return float(size[0])


def _is_free(model: mujoco.MjModel, body: int) -> bool:
    joint = model.body_jntadr[body]
    return joint >= 0 and model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE


def _pose(rotation: np.ndarray, position: np.ndarray) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation.reshape(3, 3), position
    return pose
