import pytest
from bench import Bench


@pytest.fixture(scope="module")
def running_bench(tmp_path_factory):
    with Bench(tmp_path_factory.mktemp("logs")) as bench:
        yield bench


@pytest.fixture
def bench(running_bench):
    running_bench.oracle.reset()
    return running_bench
