"""Files that hold several pictures."""

import io

import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.frames import measure_likeness, require_one_picture
from crack_pipeline.images.reading import decode_photo
from crack_pipeline.masks.reading import decode_mask

FIRST = np.zeros((32, 48), np.uint8)
FIRST[10:14, 4:40] = 255
OTHER = np.roll(FIRST, 9, axis=0)
BLANK = np.zeros_like(FIRST)


def save(kind, *pages, **options) -> bytes:
    file = io.BytesIO()
    images = [Image.fromarray(page) for page in pages]
    images[0].save(file, kind, save_all=True, append_images=images[1:], **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG", "WEBP", "MPO"])
@pytest.mark.parametrize("pages", [(FIRST, OTHER), (BLANK, FIRST), (FIRST, BLANK, OTHER)])
def test_a_mask_with_another_picture_that_holds_something_is_refused(kind, pages):
    with pytest.raises(ImageReadError, match=f"several pictures: {len(pages)} in one file"):
        decode_mask(save(kind, *pages))


@pytest.mark.parametrize("kind", ["TIFF", "MPO"])
@pytest.mark.parametrize("pages", [(FIRST, BLANK), (FIRST, FIRST, BLANK)])
def test_blank_and_equal_pages_are_noted(kind, pages):
    decoded = decode_mask(save(kind, *pages))
    np.testing.assert_array_equal(decoded.mask, FIRST > 0)
    assert "mask_first_frame_only" in decoded.mended


def test_a_reduced_copy_is_no_other_picture():
    wide = np.kron(FIRST, np.ones((4, 4), np.uint8))
    require_one_picture(save("TIFF", wide, wide[::2, ::2]), max_megapixels=1)


def test_a_page_with_one_more_hairline_is_another_picture():
    wide = np.kron(FIRST, np.ones((8, 8), np.uint8))
    more = wide.copy()
    more[200:204, 300] = 255
    with pytest.raises(ImageReadError, match="several pictures"):
        require_one_picture(save("TIFF", wide, more), max_megapixels=1)


def test_pages_of_numbers_below_one_are_not_blank():
    with pytest.raises(ImageReadError, match="several pictures"):
        decode_mask(save("TIFF", np.float32(BLANK), np.float32(FIRST) / 255))


def test_a_phone_photo_with_a_second_picture_is_read_and_noted():
    photo = decode_photo(save("MPO", np.dstack([FIRST] * 3), np.dstack([OTHER] * 3)))
    assert photo.mended == ("first_frame_only",)


def test_likeness_is_that_of_content_at_any_size():
    ramp = np.arange(48.0).reshape(6, 8)
    assert measure_likeness(ramp, ramp * 2) == pytest.approx(1.0)
    assert measure_likeness(np.kron(ramp, np.ones((4, 4))), ramp) > 0.95
    assert measure_likeness(ramp, np.zeros((3, 3))) == 0.0
