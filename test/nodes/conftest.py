import pytest
from bench import Bench

from lggd_ros.execution.interfaces import CancelToken


@pytest.fixture(scope="module")
def running_bench(tmp_path_factory):
    with Bench(tmp_path_factory.mktemp("logs")) as bench:
        yield bench


@pytest.fixture
def bench(running_bench):
    running_bench.oracle.reset()
    running_bench.gripper.move(0.08, CancelToken())
    running_bench.tidy()
    return running_bench
