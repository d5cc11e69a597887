"""The FR3 of the simulator with a ChArUco board as a texture: on the table, or in the hand."""

import mujoco
import numpy as np
from scipy.spatial.transform import Rotation

from lggd_ros.calibration.board import Board, Lens
from lggd_ros.simulation.mount import CAMERA, HAND_TO_CAMERA, OBSERVE_JOINTS
from lggd_ros.simulation.robot import ARM_JOINTS, ROBOT_GROUP, robot_spec
from lggd_ros.simulation.views import HIDDEN_GROUP
from lggd_ros.tabletop.rendering import Renderer

BOARD = Board()
LENS = Lens(CAMERA.matrix, np.zeros(5))
BORDER = 0.01  # white paper around the board, metres
JOINT_NOISE = np.radians(0.01)  # of one reading
PIXEL_NOISE = 3.0  # grey levels


def transform(rotation=(0, 0, 0), translation=(0, 0, 0)):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.from_rotvec(rotation).as_matrix(), translation
    return pose


def look_at(eye, target):
    """Optical frame at ``eye`` that looks at ``target``, upright."""
    z = np.subtract(target, eye) / np.linalg.norm(np.subtract(target, eye))
    x = np.cross(z, [0, 0, 1]) / np.linalg.norm(np.cross(z, [0, 0, 1]))
    pose = transform(translation=eye)
    pose[:3, :3] = np.transpose([x, np.cross(z, x), z])
    return pose


FLAT = transform((np.pi, 0, 0), (0.42, 0.10, 0.001))  # z into the table
HELD = transform((0, 0, 0), (0.1, -0.0875, 0.2025))  # in the frame of the hand, its face away from the base
HELD[:3, :3] = np.transpose([[0, 1, 0], [0, 0, -1], [-1, 0, 0]])
FIXED_CAMERA = look_at((1.05, 0.12, 0.6), (0.5, 0.0, 0.5))


class BoardWorld:
    """``look(joints)`` gives the picture, the true pose of the camera and the pose of the hand as measured."""

    def __init__(self, eye_in_hand, seed=0):
        spec = robot_spec()
        _add_board(spec, spec.worldbody if eye_in_hand else spec.body("hand"), FLAT if eye_in_hand else HELD)
        spec.worldbody.add_light(pos=[0.3, 0.3, 2.0], dir=[0, 0, -1], diffuse=[0.6] * 3, ambient=[0.3] * 3)
        self.model, self._eye_in_hand = spec.compile(), eye_in_hand
        if eye_in_hand:
            self.model.geom_group[self.model.geom_group == ROBOT_GROUP] = HIDDEN_GROUP
        self.data, self._rng = mujoco.MjData(self.model), np.random.default_rng(seed)
        self._joints = [int(self.model.joint(name).qposadr[0]) for name in ARM_JOINTS]
        self._renderer = Renderer(self.model, CAMERA)

    @property
    def truth(self):
        """What is to be found: the camera in the hand, or in the base."""
        return HAND_TO_CAMERA if self._eye_in_hand else FIXED_CAMERA

    def hand(self, joints):
        self.data.qpos[self._joints] = joints
        mujoco.mj_forward(self.model, self.data)
        body, pose = self.data.body("hand"), np.eye(4)
        pose[:3, :3], pose[:3, 3] = body.xmat.reshape(3, 3), body.xpos
        return pose

    def look(self, joints):
        measured = self.hand(joints + self._rng.normal(0, JOINT_NOISE, 7))
        camera = self.hand(joints) @ HAND_TO_CAMERA if self._eye_in_hand else FIXED_CAMERA
        colour = self._renderer.capture(self.data, camera).color
        noisy = colour + self._rng.normal(0, PIXEL_NOISE, colour.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8), measured

    def poses(self, count):
        """Joints around the observe pose, the wrist tilted and turned; all show enough of the board."""
        found = []
        while len(found) < count:
            joints = OBSERVE_JOINTS + self._rng.uniform(-1, 1, 7) * [0.3, 0.3, 0.3, 0.4, 0.6, 0.5, 0.9]
            if len(BOARD.detect(self.look(joints)[0])[0]) >= 12:
                found.append(joints)
        return found


def _add_board(spec, parent, pose):
    picture = BOARD.draw()
    margin = round(BORDER / BOARD.square * picture.shape[1] / BOARD.columns)
    picture = np.pad(picture, margin, constant_values=255)
    height, width = picture.shape
    texture = spec.add_texture(name="board", type=mujoco.mjtTexture.mjTEXTURE_2D, width=width, height=height)
    texture.nchannel, texture.data = 3, np.repeat(picture[..., None], 3, axis=2).tobytes()
    material = spec.add_material(name="board", specular=0.0, shininess=0.0)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "board"
    _add_sheet(spec)
    quaternion = Rotation.from_matrix(pose[:3, :3]).as_quat(scalar_first=True)
    parent.add_geom(
        type=mujoco.mjtGeom.mjGEOM_MESH, meshname="sheet", material="board", pos=pose[:3, 3], quat=quaternion,
        contype=0, conaffinity=0, mass=0,
    )  # fmt: skip


def _add_sheet(spec):
    """A rectangle seen from -z, with the picture's first row at y = -BORDER; a second one behind gives it a volume."""
    low, right, far = -BORDER, BOARD.columns * BOARD.square + BORDER, BOARD.rows * BOARD.square + BORDER
    corners = [(low, low), (right, low), (right, far), (low, far)]
    vertices = [(x, y, z) for z in (0.0, 0.002) for x, y in corners]
    faces = [(0, 3, 2), (0, 2, 1), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7),
             (2, 7, 6), (3, 0, 4), (3, 4, 7)]  # fmt: skip
    seen = [(0, 0), (1, 0), (1, 1), (0, 1)]
    sheet = spec.add_mesh(name="sheet")
    sheet.uservert, sheet.userface = np.ravel(vertices), np.ravel(faces)
    sheet.usertexcoord = np.ravel(seen + seen)
