import importlib
import os
from importlib.util import find_spec

import pytest

from lggd_ros.processes import private_domain, ros_environment


@pytest.fixture(scope="session")
def real_moveit():
    """The real MoveIt, one for all tests: the first of several to be deleted would shut down ROS for all."""
    if find_spec("moveit") is None:
        pytest.skip("moveit_py is not installed")
    os.environ |= ros_environment(domain_id=private_domain(57))
    return importlib.import_module("lggd_ros.planning.moveit_config").start_moveit("", use_sim_time=True)
