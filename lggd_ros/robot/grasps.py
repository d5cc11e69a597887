"""lggd_ros_msgs/Grasp <-> grasps.

Numbers become plain Python ones first: rclpy aborts the process over a field of another type.
"""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import PoseStamped
from std_msgs.msg import Header

from lggd_ros.execution.interfaces import GraspCandidate
from lggd_ros.grasps.lift import Grasp6D
from lggd_ros.robot.poses import pose_matrix, pose_message
from lggd_ros_msgs.msg import Grasp


def grasp_candidate(grasp: Grasp, base: np.ndarray) -> GraspCandidate:
    """A message whose frame has pose ``base`` (4, 4) in the base frame. Raises ValueError on an unusable pose."""
    pose = base @ pose_matrix(grasp.pose.pose)
    return GraspCandidate(pose, grasp.opening, grasp.object_width, grasp.quality)


def grasp_message(grasp: GraspCandidate | Grasp6D, header: Header) -> Grasp:
    """A grasp whose pose lies in the frame of ``header``; its planar form stays zero."""
    pose = PoseStamped(header=header, pose=pose_message(grasp.pose))
    opening, width, quality = float(grasp.opening), float(grasp.object_width), float(grasp.quality)
    return Grasp(pose=pose, opening=opening, object_width=width, quality=quality)
