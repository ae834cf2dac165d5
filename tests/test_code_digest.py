"""What is executed decides the digest; how it is written down does not."""

from pathlib import Path

import pytest

from crack_pipeline.code_digest import digest_code, digest_source
from crack_pipeline.ingestion.results import CHECK_CODE, INGESTION_CODE
from crack_pipeline.training.job import TRAINING_CODE
from crack_pipeline.trials.trial import TRIAL_CODE

PLAIN = """
from math import sqrt
LIMIT = 3
class Line:
    width: int = 2
    def length(self, x, *, y=1):
        if x:
            return sqrt(x + y)
        return f"{x:.2f}"
"""
COMMENTED = '''"""A module."""
# a comment
from math import (
    sqrt,
)
LIMIT = 3
"""What is at most so long."""


class Line:
    """A line."""

    width: int = 2
    """In px."""

    def length(self, x, *, y=1):
        """Its length."""
        if (x):
            return sqrt(x + y)  # Pythagoras
        return f"{x:.2f}"
'''


def test_words_and_layout_do_not_count():
    assert digest_source(COMMENTED) == digest_source(PLAIN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LIMIT = 3", "LIMIT = 4"),
        ("LIMIT = 3", "LIMIT = 3.0"),
        ("LIMIT = 3", "LIMIT = '3'"),
        ("x + y", "y + x"),
        ("x + y", "x - y"),
        ("y=1", "y=None"),
        ("if x:", "if not x:"),
        ("math", "cmath"),
        ("*, y", "y"),
        (".2f", ".3f"),
        ("        return f", "            return f"),
    ],
)
def test_what_is_executed_counts(old, new):
    assert old in PLAIN
    assert digest_source(PLAIN.replace(old, new)) != digest_source(PLAIN)


def test_a_text_that_is_used_counts():
    assert digest_source("a = 'one'") != digest_source("a = 'two'")
    assert digest_source("def f():\n    return 'one'") != digest_source("def f():\n    return ''")


def write_package(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        path = folder / "masks" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_file_may_be_renamed_and_not_changed(tmp_path):
    kept = digest_code("masks", package=write_package(tmp_path / "a", repair="a = 1", read="b = 2"))
    renamed = write_package(tmp_path / "b", mending="a = 1", read="b = 2")
    assert digest_code("masks", package=renamed) == kept
    changed = write_package(tmp_path / "c", repair="a = 3", read="b = 2")
    assert digest_code("masks", package=changed) != kept
    more = write_package(tmp_path / "d", repair="a = 1", read="b = 2", more="b = 2")
    assert digest_code("masks", package=more) != kept


def test_what_decides_is_there():
    digests = {
        digest_code(*parts) for parts in (CHECK_CODE, INGESTION_CODE, TRAINING_CODE, TRIAL_CODE)
    }
    assert len(digests) == 4
    with pytest.raises(FileNotFoundError, match="nowhere"):
        digest_code("nowhere")
