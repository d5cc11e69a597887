#!/usr/bin/env bash
# Makes .venv with every pinned requirement, and installs the system packages that it needs where the user may.
# PYTHON picks the interpreter. With a ROS 2 installation sourced, .venv sees its packages and gets no ROS wheels.
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
SYSTEM_PACKAGES=(libegl1 libegl-mesa0 libgl1-mesa-dri libgles2 libusb-1.0-0)

main() {
    install_system_packages
    check_python
    create_environment
    install_requirements
    [ -n "${ROS_DISTRO:-}" ] || mend_exported_paths
}

install_system_packages() {
    local missing root=()
    mapfile -t missing < <(missing_system_packages)
    [ "${#missing[@]}" -gt 0 ] || return 0
    local install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || fail "System packages are missing. Run: sudo apt-get update && sudo ${install[*]}"
        root=(sudo -n)
    fi
    echo "Installing system packages: ${missing[*]}"
    "${root[@]}" apt-get update -qq && "${root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" \
        || fail "System packages are missing, and apt could not install them. Run: ${install[*]}"
}

missing_system_packages() {
    command -v dpkg-query >/dev/null || return 0
    local package
    for package in g++ cmake; do command -v "$package" >/dev/null || echo "$package"; done
    for package in "${SYSTEM_PACKAGES[@]}"; do is_installed "$package" || echo "$package"; done
    missing_python_packages
}

missing_python_packages() {
    local python=python3
    if command -v "$PYTHON" >/dev/null; then
        python=$("$PYTHON" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    elif [ "$PYTHON" = python3 ]; then
        echo python3
    else
        return 0
    fi
    "$PYTHON" -c 'import ensurepip' 2>/dev/null || echo "$python-venv"
    "$PYTHON" -c 'import os, sysconfig; os.stat(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null || echo "$python-dev"
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

check_python() {
    "$PYTHON" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null \
        || fail "$PYTHON is not a CPython 3.10 to 3.13. Name one that is: make PYTHON=python3.12 setup"
}

create_environment() {
    [ -x .venv/bin/python ] || "$PYTHON" -m venv ${ROS_DISTRO:+--system-site-packages} .venv
}

install_requirements() {
    local files=(-r standalone/requirements.txt -r standalone/development.txt)
    [ -n "${ROS_DISTRO:-}" ] || files+=(-r standalone/ros.txt)
    .venv/bin/pip install --disable-pip-version-check "${files[@]}" -c standalone/constraints.txt
}

# The ROS wheels export the include folders of the machine that built them.
mend_exported_paths() {
    local python numpy
    python=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))')
    numpy=$(.venv/bin/python -c 'import numpy; print(numpy.get_include())')
    find .venv/share -name '*.cmake' -exec sed -i -E \
        -e "s#/opt/python/[^\";]*/numpy/_core/include#$numpy#g" \
        -e "s#/opt/python/[^\";/]*/include/python3\.[0-9]+#$python#g" {} +
}

fail() {
    echo "$1" >&2
    exit 1
}

main
