"""What others report, to print beside our own figures: arXiv 2512.21065, tables of section IV; all in %."""

from __future__ import annotations

from lggd_ros.data.open import GRASP_ANYTHING, OCID_VLG

Row = dict[str, float]
PRECISION_COLUMNS = ("Pr@50", "Pr@60", "Pr@70", "Pr@80", "Pr@90")

_OCID_VLG: dict[str, dict[str, Row]] = {
    "multiple": {
        "LGGD": {
            **{"J@1": 85.4, "J@5": 90.2, "IoU": 83.1},
            **dict(zip(PRECISION_COLUMNS, (98.0, 93.7, 91.3, 66.7, 26.1), strict=True)),
        },
        "CROG": {
            **{"J@1": 77.2, "IoU": 81.1},
            **dict(zip(PRECISION_COLUMNS, (96.9, 94.8, 87.2, 64.1, 16.4), strict=True)),
        },
    },
    "novel-instances": {
        "LGGD": {"J@1": 57.6, "J@5": 64.1, "IoU": 67.6},
        "CROG": {"J@1": 48.3, "J@5": 52.0, "IoU": 61.3},
    },
    "novel-classes": {
        "LGGD": {"J@1": 46.0, "J@5": 54.4, "IoU": 63.1},
        "CROG": {"J@1": 14.6, "J@5": 15.2, "IoU": 40.4},
    },
}
_GRASP_ANYTHING: dict[str, dict[str, Row]] = {
    "test-seen": {"LGGD": {"J@1": 59.0}, "LGD": {"J@1": 41.0}},
    "test-unseen": {"LGGD": {"J@1": 31.0}},
}


def published(kind: str, split: str) -> dict[str, Row]:
    """Rows by a name that says model, data set and split.

    For data that nobody has published figures for, those of OCID-VLG's split ``multiple``: the paper's main table. What
    CROG reports is by its own metric.
    """
    if kind == GRASP_ANYTHING:
        return {f"{model}, {kind} {split}": row for model, row in _GRASP_ANYTHING.get(split, {}).items()}
    family = split.split("/")[0] if kind == OCID_VLG else "multiple"
    rows = _OCID_VLG.get(family, _OCID_VLG["multiple"])
    family = family if family in _OCID_VLG else "multiple"
    return {f"{model}, {OCID_VLG} {family}": row for model, row in rows.items()}
