#!/usr/bin/env bash
# Builds lggd_ros_msgs into .venv, and stand-ins for the interface packages that no sourced ROS 2 installation has.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=$PWD/.venv

main() {
    local packages=(lggd_ros_msgs) stand_in
    for stand_in in standalone/interfaces/*; do
        is_provided "$(basename "$stand_in")" || packages+=("$stand_in")
    done
    build "${packages[@]}"
}

is_provided() {
    local prefix
    for prefix in ${ROS_DISTRO:+${AMENT_PREFIX_PATH//:/ }}; do
        [ "$prefix" = "$VENV" ] || [ ! -d "$prefix/share/$1" ] || return 0
    done
    return 1
}

build() {
    PATH=$VENV/bin:$PATH \
    AMENT_PREFIX_PATH=$VENV:${AMENT_PREFIX_PATH:-} \
    CMAKE_PREFIX_PATH=$VENV:${CMAKE_PREFIX_PATH:-} \
    colcon --log-base .venv/colcon/log build --base-paths "$@" --build-base .venv/colcon/build \
        --install-base .venv --merge-install \
        --cmake-args -DPython3_EXECUTABLE="$VENV/bin/python" -DBUILD_TESTING=OFF
}

main
