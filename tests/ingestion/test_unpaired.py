"""Files without a partner are refused by name, unless the user leaves them out."""

from pathlib import Path

import pytest

from crack_pipeline.errors import LayoutError, ParameterError
from crack_pipeline.ingestion.unpaired import leave_out, require_paired
from crack_pipeline.sources.files import NO_MASK, OTHER_FILE_TYPE, TWO_IMAGES_WITH_ONE_STEM
from crack_pipeline.sources.listing import ListedImage


def _photo(image_id: str, reason: str = "") -> ListedImage:
    return ListedImage(image_id, Path(f"/photos/{image_id}.jpg"), reason=reason)


def test_files_without_partner_are_counted_and_named():
    photos = [_photo("a"), *(_photo(name, NO_MASK) for name in "bcdef")]
    with pytest.raises(LayoutError, match=r"5 of 6 files \(b, c, d and 2 more\).*ignore"):
        require_paired(photos)


def test_a_stem_that_occurs_twice_is_refused():
    with pytest.raises(LayoutError, match="two images with one stem"):
        require_paired([_photo("a"), _photo("b", TWO_IMAGES_WITH_ONE_STEM)])


def test_other_reasons_are_no_matter_of_pairs():
    require_paired([_photo("a"), _photo("b", OTHER_FILE_TYPE)])


def test_ignored_files_are_left_out():
    photos = [_photo("a"), _photo("b", NO_MASK)]
    kept = leave_out(photos, ["b"])
    assert [photo.image_id for photo in kept] == ["a"]
    require_paired(kept)


def test_an_ignored_id_that_names_nothing_is_a_slip():
    with pytest.raises(ParameterError, match=r"(?s)train/x.*like a"):
        leave_out([_photo("a")], ["train/x"])
