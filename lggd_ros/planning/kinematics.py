"""From tool poses to joints: all analytic solutions, and the joint path of a straight line."""

from __future__ import annotations

import frankik
import numpy as np
import pinocchio as pin

from lggd_ros.planning.robot_model import RobotModel

_Q7_SAMPLES = 40
_SHOULDER = np.array([0.0, 0.0, 0.333])
_REACH = 0.855

_LINE_STEP = 0.005
_TURN_PER_STEP = 0.15
_DAMPING = 1e-3
_TOLERANCE = 1e-5
_ITERATIONS = 20


def inverse(robot: RobotModel, pose: np.ndarray) -> np.ndarray:
    """Joints (K, 7) within the limits that bring the tool to a pose (4, 4), over a sweep of the redundant joint 7.

    K may be 0. The solver discards by its own joint limits, so both of its limit sets are asked.
    """
    flange = np.asarray(pose, float) @ robot.tool_to_flange
    sweep = np.linspace(robot.lower[6], robot.upper[6], _Q7_SAMPLES)
    solutions = [frankik.ik_full(flange, q7=q7, is_fr3=fr3) for q7 in sweep for fr3 in (True, False)]
    joints = np.concatenate(solutions)
    joints = joints[np.isfinite(joints).all(axis=1)]
    return np.unique(joints[robot.within_limits(joints)].round(9), axis=0)


def flipped(pose: np.ndarray) -> np.ndarray:
    """The same grasp (4, 4) with the hand turned by pi about its approach axis."""
    return pose @ np.diag([-1.0, -1.0, 1.0, 1.0])


def why_unreachable(robot: RobotModel, pose: np.ndarray) -> str:
    """A sentence for a tool pose (4, 4) that no joints reach."""
    distance = np.linalg.norm((pose @ robot.tool_to_flange)[:3, 3] - _SHOULDER)
    place = "({:.3f}, {:.3f}, {:.3f}) m".format(*pose[:3, 3])
    if distance > _REACH:
        return f"{place} is out of reach: the flange would be {distance:.3f} m from the shoulder, beyond {_REACH} m"
    return f"no joints within their limits bring the tool to {place} in this orientation"


def travel_cost(robot: RobotModel, start: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """How unwelcome joints (K, 7) are, coming from (7,): seconds at full speed, more where a joint nears its limit."""
    seconds = np.max(np.abs(joints - start) / robot.velocity, axis=1)
    clearance = np.min(np.minimum(joints - robot.lower, robot.upper - joints), axis=1)
    return seconds + 5.0 * np.maximum(0.2 - clearance, 0.0)


def follow_line(robot: RobotModel, start: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Joints (N, 7) that carry the tool by ``offset`` (3,) in the base frame along a straight line, orientation kept.

    Damped least squares in steps of 5 mm from joints (7,). The path ends early, before the whole offset, where the
    arm cannot follow: at a joint limit or near a singularity.
    """
    origin = robot.fk(start)
    path = [np.asarray(start, float)]
    for share in np.linspace(0.0, 1.0, line_length(offset))[1:]:
        target = origin.copy()
        target[:3, 3] += share * np.asarray(offset)
        joints = _nearest(robot, path[-1], target)
        if joints is None or np.max(np.abs(joints - path[-1])) > _TURN_PER_STEP:
            break
        path.append(joints)
    return np.array(path)


def line_length(offset: np.ndarray) -> int:
    """How many joints ``follow_line`` returns for the whole of an offset (3,)."""
    return max(1, int(np.ceil(np.linalg.norm(offset) / _LINE_STEP))) + 1


def _nearest(robot: RobotModel, joints: np.ndarray, pose: np.ndarray) -> np.ndarray | None:
    target = pin.SE3(pose)
    for _ in range(_ITERATIONS):
        error = pin.log6(pin.SE3(robot.fk(joints)).actInv(target)).vector
        if np.max(np.abs(error)) < _TOLERANCE:
            return joints if robot.within_limits(joints) else None
        jacobian = robot.jacobian(joints)
        damped = jacobian @ jacobian.T + _DAMPING**2 * np.eye(6)
        joints = joints + jacobian.T @ np.linalg.solve(damped, error)
    return None
