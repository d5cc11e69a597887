"""MoveIt's parameters from ``config/moveit/``, and a running MoveIt.

The robot is franka_description's FR3 with its hand where that package is installed, else franky-sim's copy of it.
"""

from __future__ import annotations

import tempfile
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from lggd_ros.resources import config_file

if TYPE_CHECKING:
    from moveit.planning import MoveItPy

GROUP = "fr3_arm"
PIPELINE = "ompl"
_MISSING = "planner: moveit needs MoveIt (sudo apt install ros-jazzy-moveit ros-jazzy-moveit-py); or choose embedded"


def is_installed() -> bool:
    """Whether moveit_py can be imported."""
    return find_spec("moveit") is not None


def start_moveit(namespace: str, use_sim_time: bool) -> MoveItPy:
    """MoveIt in this process, as a node ``moveit`` with threads of its own.

    Raises ValueError where it is not installed or does not start.
    """
    if not is_installed():
        raise ValueError(_MISSING)
    from moveit.planning import MoveItPy

    # Not MoveItPy's config_dict: it names the node without its namespace, and leaves its file behind.
    with tempfile.NamedTemporaryFile("w", prefix="moveit_", suffix=".yaml") as file:
        yaml.safe_dump({"/**": {"ros__parameters": moveit_parameters() | {"use_sim_time": use_sim_time}}}, file)
        file.flush()
        try:
            return MoveItPy(node_name="moveit", name_space=namespace, launch_params_filepaths=[file.name])
        except RuntimeError as error:
            raise ValueError(
                f"planner: moveit did not start: {error}; its log tells more. Or choose embedded"
            ) from None


def moveit_parameters() -> dict[str, Any]:
    """Every parameter of the MoveIt node. The pipeline is named, for MoveIt would load all it knows.

    Raises ValueError without the robot's description.
    """
    from moveit_configs_utils import MoveItConfigsBuilder

    # Any package will do, for all paths are absolute: this one may run from its sources.
    builder = MoveItConfigsBuilder("fr3", package_name="moveit_configs_utils")
    path, arguments = _robot_description()
    builder.robot_description(str(path), arguments)
    builder.robot_description_semantic(str(_file("fr3.srdf")))
    builder.robot_description_kinematics(str(_file("kinematics.yaml")))
    builder.joint_limits(str(_file("joint_limits.yaml")))
    builder.trajectory_execution(str(_file("moveit_controllers.yaml")), moveit_manage_controllers=False)
    builder.planning_pipelines(PIPELINE, [PIPELINE])
    builder.moveit_cpp(str(_file("moveit_cpp.yaml")))
    parameters = builder.to_moveit_configs().to_dict()
    description = parameters["robot_description"].replace(
        'filename="meshes/', f'filename="file://{path.parent}/meshes/'
    )
    # The builder looks for a pipeline's file in config/ only.
    return parameters | {
        "robot_description": description,
        PIPELINE: yaml.safe_load(_file(f"{PIPELINE}_planning.yaml").read_text()),
    }


def _robot_description() -> tuple[Path, dict[str, str]]:
    """A URDF or xacro file, and the xacro's arguments. Raises ValueError."""
    from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

    try:
        share = Path(get_package_share_directory("franka_description"))
    except (PackageNotFoundError, OSError):  # OSError: no AMENT_PREFIX_PATH
        return Path(str(resources.files("franky_sim"))) / "assets" / "fr3.urdf", {}
    path = share / "robots" / "fr3" / "fr3.urdf.xacro"
    if not path.is_file():
        raise ValueError(f"{path} is missing; install a newer franka_description")
    return path, {"hand": "true", "ee_id": "franka_hand"}


def _file(name: str) -> Path:
    return config_file(f"moveit/{name}")
