"""The figures of an evaluation as tables for a terminal, in the paper's columns and in %."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lggd_ros.training.published import PRECISION_COLUMNS

COLUMNS = ("J@1", "J@5", "J@Any", "IoU", *PRECISION_COLUMNS)
LABEL, CELL = 36, 8


def describe(report: dict) -> str:
    """Everything that ``evaluate`` returns, for a person."""
    head = f"{report['checkpoint']} on {report['data']} {report['split']}".rstrip()
    blocks = [
        f"{head}: {report['instructions']:,} instructions, in %; 95 % intervals (Wilson, by table)",
        _main_table(report),
        _ceiling(report),
        _said_no(report),
        _listens(report),
        _breakdown("by type of instruction", report["by_type"]),
        _breakdown("by class of thing", report["by_class"]),
    ]
    return "\n\n".join(block for block in blocks if block)


def _main_table(report: dict) -> str:
    lines = [_line("", COLUMNS), *_measured("this checkpoint", report)]
    if "legacy" in report:
        lines += _measured("this checkpoint, CROG's metric", report["legacy"])
    for name, row in report["published"].items():
        lines.append(_line(name, [_number(row.get(column)) for column in COLUMNS]))
    return "\n".join(lines)


def _measured(name: str, figures: Mapping) -> list[str]:
    """A row of figures, and one with each end of their intervals."""
    bounds = [figures["intervals"].get(column) or (None, None) for column in COLUMNS]
    return [
        _line(name, [_percent(figures.get(column)) for column in COLUMNS]),
        *(_line(f"  {end}", [_percent(bound[k]) for bound in bounds]) for k, end in enumerate(("at least", "at most"))),
    ]


def _ceiling(report: dict) -> str:
    counts = report["counts"]
    missing = counts["single"] - counts["graspable"]
    if not missing:
        return ""
    most = _percent(counts["graspable"] / counts["single"])
    without = f"{missing:,} of {counts['single']:,} single things have no labelled grasp: J@N cannot be above {most}"
    return f"{without}; J@1 of the others: {_percent(report['J@1_graspable'])}"


def _said_no(report: dict) -> str:
    names = {
        "match_accuracy": "none, one or several told right",
        "absent_called_found": "absent things called found",
        "mistaken": "found, but the best grasp lies on another thing",
    }
    return "\n".join(
        f"{text}: {_percent(report[name])} ({' to '.join(map(_percent, report['intervals'][name]))})"
        for name, text in names.items()
        if report[name] is not None
    )


def _listens(report: dict) -> str:
    """Whether the network knows what is there, and goes by the words."""
    names = {
        "landed": "best grasp on the thing meant",
        "swap": "grasp moves with the instruction to another thing",
        "shuffled": "on the thing meant although told of another picture",
    }
    lines = [f"{text}: {_percent(report[name])}" for name, text in names.items() if report.get(name) is not None]
    if report["presence_auroc"] is not None:
        lines.append(f"presence tells what is there from what is not: AUROC {report['presence_auroc']:.3f}")
    return "\n".join(lines)


def _breakdown(title: str, groups: Mapping[str, dict]) -> str:
    """One row per group, with the interval of J@1."""
    if not groups:
        return ""
    header = _line(title, ["number", "J@1", "from", "to", "J@5", "J@Any", "IoU", "match"])
    return "\n".join([header, *(_group_line(name, group) for name, group in groups.items())])


def _group_line(name: str, group: dict) -> str:
    low, high = group["intervals"]["J@1"] or (None, None)
    rest = [group[column] for column in ("J@5", "J@Any", "IoU", "match_accuracy")]
    return _line(name, [f"{group['instructions']:,}", *map(_percent, [group["J@1"], low, high, *rest])])


def _line(label: str, cells: Sequence[str]) -> str:
    return (f"{label:{LABEL}}" + "".join(f"{cell:>{CELL}}" for cell in cells)).rstrip()


def _percent(share: float | None) -> str:
    return _number(None if share is None else 100 * share)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
