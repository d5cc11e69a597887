"""The robot at its table in MuJoCo: arm, hand, wrist camera and things, stepped at 500 Hz. Deterministic."""

from __future__ import annotations

from functools import cached_property

import mujoco
import numpy as np

from lggd_ros.execution.interfaces import ArmError
from lggd_ros.planning.planner import JointTrajectory
from lggd_ros.simulation.faults import ARM_REFLEX, Faults
from lggd_ros.simulation.gripper import FrankaGripper
from lggd_ros.simulation.mount import HAND_TO_CAMERA, HAND_TO_TCP, OBSERVE_JOINTS
from lggd_ros.simulation.robot import ARM_JOINTS, FINGERS, TIMESTEP, robot_spec
from lggd_ros.simulation.trajectory import Outcome, SetPoint, Tolerances, TrajectoryFollower
from lggd_ros.simulation.views import CameraImage, WorldState, WristCamera, body_pose
from lggd_ros.tabletop.scenes import Scene, furnish

HELD_HEIGHT = 0.03
SETTLE_STEPS = 100
REFLEX_AFTER = 0.3  # seconds of a motion
_DIVERGED = (mujoco.mjtWarning.mjWARN_BADQPOS, mujoco.mjtWarning.mjWARN_BADQVEL, mujoco.mjtWarning.mjWARN_BADQACC)


class PhysicsError(ArmError):
    """The physics diverged, as where the arm presses on something that has nowhere to go; this world is over."""


class RobotWorld:
    """One scene with the robot in it, in the observe pose with open fingers. Not thread-safe: guard it by a lock.

    ``faults`` strike once each; a reflex, ``in_reflex``, lasts until ``recover``: who serves goals refuses them then.
    """

    def __init__(self, scene: Scene, faults: Faults | None = None):
        spec = robot_spec()
        furnish(spec, scene)
        _add_sky(spec)
        self.scene, self.faults, self.in_reflex = scene, faults or Faults(), False
        self.objects = {placed.model.name: placed.model for placed in scene.objects}
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.gripper = FrankaGripper(self.model, self.data, self.faults)
        self._arm = [int(self.model.joint(name).qposadr[0]) for name in ARM_JOINTS]
        self._dofs = [int(self.model.joint(name).dofadr[0]) for name in ARM_JOINTS]
        self._servos = [self.model.actuator(name).id for name in ARM_JOINTS]
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

    @property
    def moving(self) -> bool:
        """True while arm or fingers carry out a command."""
        return self._follower is not None or self.gripper.busy

    def step(self, n: int = 1) -> None:
        """Advance by ``n`` steps of 2 ms. Raises PhysicsError: MuJoCo itself would go on from the initial state."""
        for _ in range(n):
            self.gripper.advance(TIMESTEP)
            self._drive_arm(self._set_point)
            mujoco.mj_step(self.model, self.data)
            if self._follower is not None:
                self._perhaps_reflex(self._follower)
                self._set_point = self._follower.advance(TIMESTEP, self.joint_positions)
                if self._follower.outcome is not None:
                    self._follower = None
        if any(self.data.warning[kind].number for kind in _DIVERGED):
            raise PhysicsError("the simulated physics diverged; start the simulator again")
        mujoco.mj_kinematics(self.model, self.data)  # a step leaves the poses of its beginning behind

    def follow(
        self, times: np.ndarray, derivatives: np.ndarray, tolerances: Tolerances | None = None
    ) -> TrajectoryFollower:
        """Start a trajectory (see TrajectoryFollower), replacing one that runs; it moves as the world is stepped."""
        if self._follower is not None:
            self._follower.preempt()
        self._follower = TrajectoryFollower(self._set_point, times, derivatives, tolerances)
        return self._follower

    def recover(self) -> None:
        """After a reflex: move again."""
        self.in_reflex = False

    def follow_trajectory(self, trajectory: JointTrajectory) -> TrajectoryFollower:
        """Start a planned trajectory."""
        derivatives = np.stack([trajectory.positions, trajectory.velocities, trajectory.accelerations], axis=1)
        return self.follow(trajectory.times, derivatives)

    def body_pose(self, name: str) -> np.ndarray:
        """Pose (4, 4) of a body in the base frame."""
        return body_pose(self.data, name)

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
        return {name: self.body_pose(name) for name in self.objects}

    def object_heights(self) -> dict[str, float]:
        """Metres between the table and the lowest point of every object, by name."""
        hulls = {name: model.hulls(self.body_pose(name)) for name, model in self.objects.items()}
        return {name: min(float(hull[:, 2].min()) for hull in parts) for name, parts in hulls.items()}

    def held_objects(self) -> list[str]:
        """Names of the objects that both fingers touch, more than 3 cm above the table."""
        touched = set.intersection(*(self._touched_by(finger) for finger in FINGERS))
        return [name for name, height in self.object_heights().items() if height > HELD_HEIGHT and name in touched]

    def render_camera(self) -> CameraImage:
        """What the wrist camera sees now, with the sensor's noise."""
        return self._camera.render(self.state)

    def open_camera(self) -> WristCamera:
        """A camera of one's own, for use in the thread that asks for it."""
        return WristCamera(self.model, list(self.objects), self.scene.seed)

    @cached_property
    def _camera(self) -> WristCamera:
        return self.open_camera()

    def _drive_arm(self, target: SetPoint) -> None:
        """Servo set points with feed-forward of velocity and of inverse dynamics: without, the arm lags by 0.1 s."""
        model, data = self.model, self.data
        acceleration, inertia = np.zeros(model.nv), np.zeros(model.nv)
        acceleration[self._dofs] = target.accelerations
        mujoco.mj_mulM(model, data, inertia, acceleration)
        torque = (inertia + data.qfrc_bias - data.qfrc_passive)[self._dofs]
        stiffness, damping = model.actuator_gainprm[self._servos, 0], -model.actuator_biasprm[self._servos, 2]
        data.ctrl[self._servos] = target.positions + (damping * target.velocities + torque) / stiffness

    def _perhaps_reflex(self, follower: TrajectoryFollower) -> None:
        if follower.time > REFLEX_AFTER and self.faults.strikes(ARM_REFLEX):
            self.in_reflex = True
            follower.stop(Outcome.PATH_TOLERANCE_VIOLATED)

    def _touched_by(self, finger: str) -> set[str]:
        """Names of the bodies in contact with a finger."""
        pairs = self.model.geom_bodyid[self.data.contact.geom]
        touching = pairs[(pairs == self.model.body(finger).id).any(axis=1)]
        return {self.model.body(int(body)).name for body in touching.ravel()} - {finger}


def _add_sky(spec: mujoco.MjSpec) -> None:
    sky = spec.add_texture(name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, width=256, height=256)
    sky.builtin, sky.rgb1, sky.rgb2 = mujoco.mjtBuiltin.mjBUILTIN_GRADIENT, [0.93, 0.95, 0.97], [0.55, 0.62, 0.70]
