"""Pickles from strangers: plain values only, nothing that could run code."""

from __future__ import annotations

import pickle
from pathlib import Path

from lggd_ros.data.files import DataError


class PlainUnpickler(pickle.Unpickler):
    """Text, numbers and containers need no import, so every import is refused, and with it every call."""

    def find_class(self, module: str, name: str) -> object:
        """Raises UnpicklingError."""
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, and only plain text and numbers are let in")


def load_plain(file: Path) -> object:
    """The text, numbers, lists, tuples and dictionaries of a pickle. Raises DataError naming the file."""
    try:
        with file.open("rb") as stream:
            return PlainUnpickler(stream).load()
    except FileNotFoundError:
        raise DataError(f"'{file}' is missing") from None
    except Exception as error:  # damaged opcodes raise nearly anything
        raise DataError(f"'{file}' cannot be read as a plain pickle: {error}") from None
