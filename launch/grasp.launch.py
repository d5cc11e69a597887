"""From drivers to a robot that takes instructions: robot and camera, preflight, perception, executor.

ros2 launch lggd_ros grasp.launch.py use_sim:=true setup:=cluttered seed:=7
ros2 launch lggd_ros grasp.launch.py robot_ip:=172.16.0.2 hand_eye:=hand_eye.yaml
ros2 launch lggd_ros grasp.launch.py robot_ip:=172.16.0.2 drivers_only:=true
ros2 launch lggd_ros grasp.launch.py --show-args

One thing starts when the one before is ready: the drivers; `lggd doctor --only robot`, until all is green; perception,
configured and activated; the executor. When one process dies, all are stopped, and ros2 launch ends with code 1.
"""

import sys
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_prefix, get_package_share_directory
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    IncludeLaunchDescription,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
)
from launch.event_handlers import OnProcessExit
from launch.events import matches_action
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import EnvironmentVariable, LaunchConfiguration
from launch_ros.actions import LifecycleNode, Node
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from lifecycle_msgs.msg import Transition

from launch import LaunchDescription
from lggd_ros.calibration.mount_file import read_mount
from lggd_ros.launch_arguments import ARGUMENTS, check_names, check_values

CONFIG = Path(get_package_share_directory("lggd_ros")) / "config"
PROFILES = "FASTRTPS_DEFAULT_PROFILES_FILE"
DOCTOR = "lggd"
MAY_END = ("spawner", "rviz2", DOCTOR)  # without an error; all other processes run until they are told to stop


def generate_launch_description():
    declared = [
        DeclareLaunchArgument(name, default_value=argument.default, description=argument.description)
        for name, argument in ARGUMENTS.items()
    ]
    # Images are larger than the segments that Fast DDS shares by default.
    profiles = EnvironmentVariable(PROFILES, default_value=str(CONFIG / "fastdds.xml"))
    return LaunchDescription([*declared, SetEnvironmentVariable(PROFILES, profiles), OpaqueFunction(function=bring_up)])


def bring_up(context):
    """Everything, in order."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    check_names(sys.argv, Path(__file__).name)
    check_values(given)
    drivers = [simulator(given)] if given["use_sim"] == "true" else [*arm(given), *camera(given), *mount(given)]
    nodes = preflight(given, then=perception(given, then=[executor(given)]))
    return [
        RegisterEventHandler(OnProcessExit(on_exit=stop_all)),
        *drivers,
        *rviz(given),
        *(nodes if given["drivers_only"] == "false" else []),
    ]


def stop_all(event, context):
    """An arm must not go on without its eyes, nor without the one who can stop it."""
    name, code = event.process_name.rpartition("-")[0], event.returncode
    if context.is_shutdown or (name in MAY_END and code == 0):
        return
    if name == DOCTOR:
        raise RuntimeError("robot or camera are not ready; the lines marked BAD say what to do")
    raise RuntimeError(f"{event.process_name} ended with code {code}, so everything is stopped")


def simulator(given):
    return node(given, "simulator", setup=given["setup"], seed=int(given["seed"]), gripper=f"/{given['gripper']}")


def arm(given):
    """franka_bringup with our controllers, if the robot is to be driven from here."""
    if not given["robot_ip"]:
        return []
    names = {name: given[name] for name in ("robot_ip", "namespace")}
    controllers = str(CONFIG / "controllers.yaml")
    spawner = Node(
        package="controller_manager",
        executable="spawner",
        namespace=given["namespace"],
        arguments=["fr3_arm_controller", "--controller-manager-timeout", given["wait"]],
        output="screen",
    )
    bringup = {"robot_type": "fr3", "load_gripper": "true", "controllers_yaml": controllers, **names}
    return [include("franka_bringup", "franka.launch.py", bringup), spawner]


def camera(given):
    """Colour and depth aligned to it, below camera/camera."""
    namespace = f"{given['namespace']}/camera".lstrip("/")
    if given["camera"] == "pyrealsense2":
        return [node({**given, "namespace": namespace}, "camera")]
    if given["camera"] == "none":
        return []
    options = {"align_depth.enable": "true", "enable_sync": "true", "camera_namespace": namespace}
    profiles = dict.fromkeys(("rgb_camera.color_profile", "depth_module.depth_profile"), "640,480,30")
    filters = {"spatial_filter.enable": "true", "temporal_filter.enable": "true"}
    return [include("realsense2_camera", "rs_launch.py", options | profiles | filters)]


def mount(given):
    """Where the camera is, as lggd calibrate measured it."""
    if not given["hand_eye"]:
        return []
    measured = read_mount(Path(given["hand_eye"]))
    names = ("x", "y", "z", "qx", "qy", "qz", "qw")
    values = zip(names, [*measured.translation, *measured.rotation], strict=True)
    frames = ["--frame-id", measured.frame_id, "--child-frame-id", measured.child_frame_id]
    numbers = [word for name, value in values for word in (f"--{name}", str(value))]
    return [Node(package="tf2_ros", executable="static_transform_publisher", arguments=[*frames, *numbers])]


def preflight(given, then):
    """`lggd doctor` on robot and camera; what comes `then` starts when all is green."""
    command = Path(get_package_prefix("lggd_ros")) / "lib" / "lggd_ros" / DOCTOR
    names = ["--namespace", given["namespace"], "--gripper", given["gripper"]]
    doctor = ExecuteProcess(
        cmd=[str(command), "doctor", "--only", "robot", "--wait", given["wait"], *names], output="screen"
    )

    def go_on(event, context):
        return then if event.returncode == 0 else None

    return [RegisterEventHandler(OnProcessExit(target_action=doctor, on_exit=go_on)), doctor]


def perception(given, then):
    """The managed node: configured (its network loaded), activated; `then` starts when it is active."""
    parameters = {name: given[name] for name in ("checkpoint", "device")}
    managed = node(given, "perception", LifecycleNode, auto_activate=False, **parameters)

    def change(transition):
        return EmitEvent(event=ChangeState(lifecycle_node_matcher=matches_action(managed), transition_id=transition))

    def after(start, goal, actions):
        return RegisterEventHandler(
            OnStateTransition(
                target_lifecycle_node=managed,
                start_state=start,
                goal_state=goal,
                entities=actions,
                handle_once=True,  # who activates it again finds the executor running
            )
        )

    return [
        after("configuring", "inactive", [change(Transition.TRANSITION_ACTIVATE)]),
        after("configuring", "unconfigured", [OpaqueFunction(function=not_configured)]),
        after("activating", "active", then),
        managed,
        change(Transition.TRANSITION_CONFIGURE),
    ]


def not_configured(context):
    raise RuntimeError("perception could not be configured; its last line says why")


def executor(given):
    return node(
        given,
        "executor",
        planner=given["planner"],
        gripper=given["gripper"],
        auto_execute=given["auto_execute"] == "true",
    )


def rviz(given):
    if given["rviz"] == "false":
        return []
    view = ["-d", str(CONFIG / "grasp.rviz")]
    return [Node(package="rviz2", executable="rviz2", namespace=given["namespace"], arguments=view)]


def node(given, name, kind=Node, **parameters):
    """One of ours, with its file in config/ and these parameters over it."""
    clock = {} if name == "simulator" else {"use_sim_time": given["use_sim"] == "true"}
    return kind(
        package="lggd_ros",
        executable=f"{name}_node",
        name=name,
        namespace=given["namespace"],
        parameters=[str(CONFIG / f"{name}.yaml"), clock | parameters],
        output="screen",
    )


def include(package, file, arguments):
    """A launch file of another package."""
    try:
        share = get_package_share_directory(package)
    except PackageNotFoundError:
        raise RuntimeError(f"{package} is not installed; see README.md, On an FR3 with a wrist RealSense") from None
    return IncludeLaunchDescription(
        PythonLaunchDescriptionSource(f"{share}/launch/{file}"), launch_arguments=arguments.items()
    )
