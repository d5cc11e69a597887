"""The ROS domain of nodes that are started here."""

import pytest

from lggd_ros.processes import private_domain


@pytest.mark.parametrize("theirs", ["", "0", "1", "42", "99"])
def test_a_private_domain_is_none_where_a_robot_may_listen(theirs, monkeypatch):
    monkeypatch.setenv("ROS_DOMAIN_ID", theirs)
    chosen = {private_domain(offset) for offset in range(100)}
    assert chosen == set(range(1, 100)) - {int(theirs or 0)}
