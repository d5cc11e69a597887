"""Perception and executor; with use_sim:=true the simulated robot, too.

ros2 launch lggd_ros grasp.launch.py use_sim:=true setup:=cluttered seed:=7
"""

from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch.actions import DeclareLaunchArgument, SetEnvironmentVariable
from launch.conditions import IfCondition
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import LaunchDescription

CONFIG = Path(get_package_share_directory("lggd_ros")) / "config"
PROFILES = "FASTRTPS_DEFAULT_PROFILES_FILE"

ARGUMENTS = {
    "use_sim": ("false", "start the simulated robot, and follow its clock"),
    "setup": ("scattered", "with use_sim: isolated, scattered or cluttered things on the table"),
    "seed": ("0", "with use_sim: which scene"),
    "checkpoint": ("lggd_tabletop", "a .safetensors file, or a name in models/"),
    "device": ("auto", "of the network: auto, cpu, cuda or cuda:N"),
    "auto_execute": ("false", "an instruction on grasp_instruction moves the arm"),
    "gripper": ("franka_gripper", "namespace of the gripper's actions; some set-ups use fr3_gripper"),
    "namespace": ("", "of the nodes and the robot's topics; leave it empty with use_sim"),
}


def generate_launch_description():
    declared = [DeclareLaunchArgument(n, default_value=v, description=d) for n, (v, d) in ARGUMENTS.items()]
    # Images are larger than the segments that Fast DDS shares by default.
    profiles = EnvironmentVariable(PROFILES, default_value=str(CONFIG / "fastdds.xml"))
    nodes = [
        node("simulator", IfCondition(LaunchConfiguration("use_sim")), setup=str, seed=int),
        node("perception", use_sim=bool, checkpoint=str, device=str),
        node("executor", use_sim=bool, auto_execute=bool, gripper=str),
    ]
    return LaunchDescription([*declared, SetEnvironmentVariable(PROFILES, profiles), *nodes])


def node(name, condition=None, **arguments):
    """A node with its file in config/, and these launch arguments of the given types as parameters."""
    names = {"use_sim": "use_sim_time"}
    parameters = {
        names.get(argument, argument): ParameterValue(LaunchConfiguration(argument), value_type=kind)
        for argument, kind in arguments.items()
    }
    return Node(
        package="lggd_ros",
        executable=f"{name}_node",
        name=name,
        namespace=LaunchConfiguration("namespace"),
        parameters=[str(CONFIG / f"{name}.yaml"), parameters],
        output="screen",
        condition=condition,
    )
