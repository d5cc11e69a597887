"""What an examination found: one line each, and the remedy where something is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

GREEN, RED, PLAIN = "\033[32m", "\033[31m", "\033[0m"


@dataclass(frozen=True)
class Finding:
    """``subject`` is fine if there is no ``remedy``; ``detail`` tells what was seen."""

    subject: str
    detail: str
    remedy: str = ""

    @property
    def fine(self) -> bool:
        """Green."""
        return not self.remedy

    def line(self, colours: bool) -> str:
        """For the terminal."""
        mark, colour = ("ok ", GREEN) if self.fine else ("BAD", RED)
        told = f"{self.subject}: {self.detail}" + (f"; {self.remedy}" if self.remedy else "")
        return f"{colour}{mark}{PLAIN} {told}" if colours else f"{mark} {told}"


def show(findings: Iterable[Finding]) -> bool:
    """Print one line each; True when all are fine."""
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    fine = True
    for finding in findings:
        print(finding.line(colours), flush=True)
        fine &= finding.fine
    return fine
