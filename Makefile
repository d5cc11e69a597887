# lggd_ros without a ROS installation: `make demo` and `make test` need a clean clone, nothing else.
# Where a ROS 2 installation is sourced, it is used.

PYTHON ?= python3
INSTRUCTION ?=
SETUP ?= scattered
SEED ?= 1
DATA ?= datasets

export PYTHON INSTRUCTION
export MUJOCO_GL ?= egl
export ROS_AUTOMATIC_DISCOVERY_RANGE ?= LOCALHOST
export FASTRTPS_DEFAULT_PROFILES_FILE ?= $(CURDIR)/config/fastdds.xml
export ROS_LOG_DIR ?= $(CURDIR)/log
ifdef ROS_DISTRO
export LD_LIBRARY_PATH := $(CURDIR)/.venv/lib:$(LD_LIBRARY_PATH)
endif
# Set by the ROS wheels for child processes: another environment's must not reach ours.
unexport _ROS_WHEELS_BOOTSTRAP_COMPLETE

.PHONY: setup demo test lint checkpoint

setup: .venv/package.stamp

demo: setup
	.venv/bin/lggd demo $(if $(INSTRUCTION),--instruction "$$INSTRUCTION") --setup $(SETUP) --seed $(SEED)

test: lint
	.venv/bin/python -m pytest

# Data, training and thresholds: an hour and a half on two cores. Stopped, it goes on where it was. Threads that wait leave
# their core to the process that makes batches, and memory is kept for the next step.
checkpoint: setup
	.venv/bin/lggd generate --out $(DATA)/train --scenes 10000 --split train
	.venv/bin/lggd generate --out $(DATA)/val --scenes 300 --split val
	OMP_WAIT_POLICY=PASSIVE MALLOC_MMAP_THRESHOLD_=8000000000 MALLOC_TRIM_THRESHOLD_=16000000000 \
		.venv/bin/lggd train --config config/train_tabletop.yaml --data $(DATA) --out runs/tabletop
	.venv/bin/lggd tune --checkpoint runs/tabletop/best.safetensors --data $(DATA)

lint: setup
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

.venv/requirements.stamp: standalone/install.sh $(wildcard standalone/*.txt)
	standalone/install.sh
	touch $@

.venv/interfaces.stamp: .venv/requirements.stamp standalone/build_interfaces.sh \
		$(shell find lggd_ros_msgs standalone/interfaces -type f)
	standalone/build_interfaces.sh
	touch $@

.venv/package.stamp: .venv/interfaces.stamp package.xml setup.py setup.cfg
	.venv/bin/pip install -q --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@
