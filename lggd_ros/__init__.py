"""Language-guided grasping for ROS 2: name a thing, and the arm picks that thing and nothing else."""

__version__ = "0.1.0"
