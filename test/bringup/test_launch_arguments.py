import pytest

from lggd_ros.launch_arguments import ARGUMENTS, check_names, check_values

FILE = "grasp.launch.py"
DEFAULTS = {name: argument.default for name, argument in ARGUMENTS.items()}


def test_the_defaults_are_allowed():
    check_values(DEFAULTS)
    assert all(argument.meaning and argument.default in (argument.choices or [argument.default])
               for argument in ARGUMENTS.values())  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"camera": "webcam"}, "camera is 'webcam'; allowed: realsense_ros, pyrealsense2, none"),
        ({"use_sim": "yes"}, "use_sim is 'yes'; allowed: true, false"),
        ({"planner": "magic"}, "allowed: auto, moveit, embedded"),
        ({"seed": "-1"}, "seed is '-1'; give a whole number"),
        ({"use_sim": "true", "robot_ip": "172.16.0.2"}, "use_sim:=true and robot_ip:=172.16.0.2 contradict"),
        ({"use_sim": "true", "namespace": "lab"}, "namespace:=lab contradict"),
        ({"hand_eye": "nowhere.yaml"}, "nowhere.yaml does not exist; lggd calibrate writes it"),
    ],
)
def test_a_wrong_value_is_refused_with_the_right_ones(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_values(DEFAULTS | wrong)


def test_a_misspelt_name_is_refused_with_all_names():
    with pytest.raises(ValueError, match="no argument is called planer; there are: robot_ip, use_sim, camera"):
        check_names(["ros2", "launch", "lggd_ros", FILE, "planer:=moveit", "use_sim:=true"], FILE)
    check_names(["ros2", "launch", "lggd_ros", FILE, "planner:=moveit"], FILE)


def test_included_by_another_file_it_does_not_judge_the_others_arguments():
    check_names(["ros2", "launch", "lab", "everything.launch.py", "left_arm:=true"], FILE)
