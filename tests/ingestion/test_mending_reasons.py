"""Every name that reading and mending may give has its sentence, in the code and in the page."""

import re
from pathlib import Path

import pytest

from crack_pipeline.ingestion.repairs import DOUBTS, MENDING_REASONS, explain_mending

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "crack_pipeline"
PAGE = ROOT / "docs" / "reference" / "mask_repair.md"
ABOUT_MASKS = sorted(name for name in MENDING_REASONS if name.startswith("mask_"))


def test_each_name_in_the_code_of_masks_has_a_sentence():
    code = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "masks").glob("*.py"))
    named = set(re.findall(r'"(mask_[a-z0-9_]+)"', code)) - {"mask_path"}
    assert sorted(named - set(MENDING_REASONS)) == []
    assert named >= set(DOUBTS)


def test_each_name_in_the_code_of_images_has_a_sentence():
    code = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "images").glob("*.py"))
    named = set(re.findall(r'"([a-z0-9_]+_to_[a-z0-9_]+|alpha_on_white|exif_orientation)"', code))
    assert sorted(named - set(MENDING_REASONS)) == []


@pytest.mark.parametrize("name", ABOUT_MASKS)
def test_the_page_explains_each_name(name):
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_a_name_without_a_sentence_speaks_for_itself():
    assert explain_mending("mask_of_tomorrow") == "mask of tomorrow"
