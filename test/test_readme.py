"""What the READMEs say to type is understood."""

import re
import shlex
from pathlib import Path

import pytest

from lggd_ros.cli import _parser
from lggd_ros.tabletop.language import resolve
from lggd_ros.tabletop.scenes import make_scene, referents

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
INLINE = re.findall(r"`(lggd [a-z]+ -[^`…]+)`", README + (ROOT / "models/README.md").read_text())
TYPED = [line for block in BLOCKS for line in block.splitlines() if re.match(r"\s*(\.venv/bin/)?lggd ", line)] + INLINE


@pytest.mark.parametrize("line", TYPED)
def test_commands_have_the_options_that_are_told(line):
    _parser().parse_args(shlex.split(re.sub(r"\bN\b", "1", line), comments=True)[1:])


def test_there_are_commands():
    assert len(TYPED) > 15


def test_the_demos_sentence_means_one_thing_in_its_scene():
    text, setup, seed = re.search(r'make demo INSTRUCTION="(.+)" SETUP=(\w+) SEED=(\d+)', README).groups()
    assert len(resolve(text, referents(make_scene(setup, int(seed), "test")))) == 1
