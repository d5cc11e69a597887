from pathlib import Path

import pytest

from lggd_ros.doctor import machine
from lggd_ros.doctor.finding import Finding, show
from lggd_ros.planning.moveit_config import is_installed

SHIPPED = Path(__file__).parents[2] / "config" / "fastdds.xml"


def test_what_is_installed_is_green():
    assert machine.packages(machine.PACKAGES).fine
    assert machine.motion_planner("embedded").fine


def test_every_missing_package_has_its_remedy():
    finding = machine.packages({"numpy": "never", "none_such": "apt install it", "nor_this": "pip", "nor_that": "pip"})
    assert (finding.detail, finding.remedy) == ("missing: none_such, nor_this, nor_that", "apt install it; pip")


def test_where_packages_are_missing_nothing_is_imported_from_them(monkeypatch):
    monkeypatch.setattr(machine, "PACKAGES", {"none_such": "apt install it"})
    assert [found.subject for found in machine.machine_checks("auto", "lggd_tabletop", "cpu")][-1].startswith("DDS")


def test_moveit_needs_the_packages_of_our_robot_model_too(monkeypatch):
    monkeypatch.setattr(machine, "PLANNING", ("none_such",))
    assert machine.motion_planner("moveit").detail == "missing: none_such"


@pytest.mark.parametrize("name", ["", "nowhere.xml", __file__])
def test_without_a_usable_profile_the_line_to_type_is_told(monkeypatch, name):
    monkeypatch.setenv(machine.PROFILES, name)
    finding = machine.dds_profile()
    assert not finding.fine and f"export {machine.PROFILES}={SHIPPED}" in finding.remedy


def test_the_shipped_profile_shares_enough(monkeypatch, tmp_path):
    monkeypatch.setenv(machine.PROFILES, str(SHIPPED))
    assert machine.dds_profile().fine
    small = tmp_path / "small.xml"
    small.write_text(SHIPPED.read_text().replace("67108864", "524288"))
    monkeypatch.setenv(machine.PROFILES, str(small))
    assert "524288 bytes" in machine.dds_profile().detail and not machine.dds_profile().fine


def test_another_middleware_needs_no_profile(monkeypatch):
    monkeypatch.delenv(machine.PROFILES, raising=False)
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp")
    assert machine.dds_profile().fine


def test_gpu_and_checkpoint():
    assert machine.gpu("cpu").fine and machine.model("lggd_tabletop").fine
    assert "not there" in machine.gpu("cuda:99").detail and "device:=cpu" in machine.gpu("cuda:99").remedy
    unknown = machine.model("lggd_nothing")
    assert "no checkpoint is called 'lggd_nothing'" in unknown.detail and not unknown.fine


@pytest.mark.skipif(is_installed(), reason="MoveIt is installed here")
def test_moveit_is_missed_only_where_it_is_asked_for():
    asked, default = machine.motion_planner("moveit"), machine.motion_planner("auto")
    assert not asked.fine and "ros-jazzy-moveit-py" in asked.remedy
    assert default.fine and default.detail.startswith("embedded")


def test_findings_are_shown_one_a_line_with_their_remedy(capsys):
    assert show([Finding("a", "is there")])
    assert not show([Finding("b", "is missing", "mend it"), Finding("c", "is there")])
    assert capsys.readouterr().out.splitlines() == ["ok  a: is there", "BAD b: is missing; mend it", "ok  c: is there"]
