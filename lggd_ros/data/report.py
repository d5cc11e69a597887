"""What a check of a data set found, in sentences for a person."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

DECODED = 2000  # files of a kind that a check opens unless it is thorough


class Count(NamedTuple):
    """Samples found in a split, None where it cannot be read, and published, None where no figure is."""

    split: str
    found: int | None
    published: int | None


@dataclass
class Report:
    """``problems`` can be mended; ``leaks`` are properties of the published data."""

    title: str
    unit: str
    counts: list[Count] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    def count(self, split: str, found: int | None, published: int | None = None) -> None:
        """Take in a split; a size that differs from the published one is a problem."""
        self.counts.append(Count(split, found, published))
        if None not in (found, published) and found != published:
            why = "the download is incomplete or another version"
            self.problems.append(f"{split} holds {found:,} of {published:,} published {self.unit}; {why}")

    def gather(self, what: str, total: int, faults: Sequence[str], first: str = "") -> None:
        """Many faults of a kind as one sentence with the ``first`` of them."""
        if faults:
            self.problems.append(f"{what}: {len(faults)} of {total}, the first: {first or faults[0]}")

    def audit(self, family: str, parts: Mapping[str, Collection[str]]) -> None:
        """How many images stand in two parts of a family of splits."""
        shared = {(one, other): len(set(parts[one]) & set(parts[other])) for one, other in combinations(parts, 2)}
        leaks = [f"{count} in both {one} and {other}" for (one, other), count in shared.items() if count]
        self.leaks.append(f"{family}: {', '.join(leaks) or 'none'}")

    def __str__(self) -> str:
        rows = [f"  {c.split:24}{_figure(c.found):>10}{_figure(c.published):>12}" for c in self.counts]
        lines = [self.title, f"  {'split':24}{self.unit:>10}{'published':>12}", *rows]
        lines += ["images in two splits", *(f"  {leak}" for leak in self.leaks)] if self.leaks else []
        lines += ["problems", *(f"  {problem}" for problem in self.problems)] if self.problems else ["no problems"]
        return "\n".join(lines)


def _figure(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def spread(items: Iterable[str], thorough: bool) -> list[str]:
    """All items in order, or ``DECODED`` of them evenly spread."""
    ordered = sorted(items)
    if thorough or len(ordered) <= DECODED:
        return ordered
    return [ordered[k * len(ordered) // DECODED] for k in range(DECODED)]


def explain_missing(path: Path, proper: Collection[str] = (), remedy: str = "fetch it again") -> str:
    """Where a file or folder is instead, or what to do; ``proper``: names that its siblings may have."""
    while not path.parent.exists():
        path = path.parent
    return elsewhere(path, proper) or f"'{path}' is missing; {remedy}"


def elsewhere(path: Path, proper: Collection[str] = ()) -> str | None:
    """Whether a missing file or folder lies one level too deep or under another name."""
    nested = next(path.parent.glob(f"*/{path.name}"), None)
    if nested:
        return f"'{path}' is missing, but '{nested}' is there; move it one level up"
    others = {_plain(entry.name): entry for entry in path.parent.iterdir() if entry.name not in proper}
    similar = difflib.get_close_matches(_plain(path.name), others, n=1, cutoff=0.75)
    return f"'{others[similar[0]]}' has the wrong name; call it '{path.name}'" if similar else None


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")
