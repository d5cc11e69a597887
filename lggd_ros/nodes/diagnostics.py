"""Rate, age and skew of the camera's streams as diagnostics."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from lggd_ros.robot.snapshot import CAMERA_INFO, FrameMatcher

MIN_RATE = 5.0


def stream_diagnostics(node_name: str, matcher: FrameMatcher, max_age: float) -> list[DiagnosticStatus]:
    """One status per stream."""
    return [_status(node_name, matcher, name, max_age) for name in matcher.streams]


def _status(node_name: str, matcher: FrameMatcher, name: str, max_age: float) -> DiagnosticStatus:
    stream, age = matcher.streams[name], matcher.age(name)
    status = DiagnosticStatus(name=f"{node_name}: {name}", hardware_id=stream.topic)
    status.level, status.message = _judge(stream.problem, stream.rate(), age, max_age)
    values = {"rate [Hz]": f"{stream.rate():.1f}", "age [s]": f"{age:.3f}"}
    if name != CAMERA_INFO:
        values["skew of colour and depth [s]"] = f"{matcher.skew():.3f}"
    status.values = [KeyValue(key=key, value=value) for key, value in values.items()]
    return status


def _judge(problem: str, rate: float, age: float, max_age: float) -> tuple[bytes, str]:
    if problem:
        return DiagnosticStatus.ERROR, problem
    if age > max_age:
        return DiagnosticStatus.ERROR, "nothing arrives"
    if rate < MIN_RATE:
        return DiagnosticStatus.WARN, f"below {MIN_RATE:.0f} Hz; are images dropped? See config/fastdds.xml"
    return DiagnosticStatus.OK, "arriving"
