"""Instructions that name things on a table, and the way back from an instruction to the things it names.

Both directions share one notion of meaning, ``denote``: an instruction is written only when what it denotes is what
it is meant to denote, so it is true by construction.
"""

from lggd_ros.tabletop.language.grammar import parse, resolve
from lggd_ros.tabletop.language.meaning import MARGIN, Phrase, Reference, Referent, denote
from lggd_ros.tabletop.language.writing import Instruction, InstructionType, Style, instructions

__all__ = [
    "MARGIN",
    "Instruction",
    "InstructionType",
    "Phrase",
    "Reference",
    "Referent",
    "Style",
    "denote",
    "instructions",
    "parse",
    "resolve",
]
