import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.images.reading import decode_photo, reduce_to_8_bit


def test_8_bit_samples_stay():
    samples = np.array([[0, 7, 255]], np.uint8)
    reduced, mended = reduce_to_8_bit(samples)
    np.testing.assert_array_equal(reduced, samples)
    assert mended == ()


def test_1_bit_samples_become_black_and_white():
    reduced, _ = reduce_to_8_bit(np.array([[0, 1]], np.uint8), is_1_bit=True)
    assert reduced.tolist() == [[0, 255]]


def test_16_bit_samples_keep_their_high_byte():
    reduced, mended = reduce_to_8_bit(np.array([[0, 255, 256, 65535]], np.uint16))
    assert reduced.tolist() == [[0, 0, 1, 255]]
    assert mended == ("16_bit_to_8_bit",)


def test_16_bit_samples_up_to_4095_count_as_12_bit():
    reduced, mended = reduce_to_8_bit(np.array([[0, 16, 4095]], np.uint16))
    assert reduced.tolist() == [[0, 1, 255]]
    assert mended == ("12_bit_to_8_bit",)


def test_floats_in_the_unit_range_are_scaled():
    reduced, mended = reduce_to_8_bit(np.array([[0.0, 0.5, 1.0]], np.float32))
    assert reduced.tolist() == [[0, 128, 255]]
    assert mended == ("float_to_8_bit",)


@pytest.mark.parametrize("value", [-0.1, 1.5, 200.0, np.nan, np.inf])
def test_floats_outside_are_refused(value):
    with pytest.raises(ImageReadError, match="unsupported samples"):
        reduce_to_8_bit(np.array([[0.0, value]], np.float32))


@pytest.mark.parametrize("value", [-1, 70_000])
def test_integers_outside_16_bits_are_refused(value):
    with pytest.raises(ImageReadError, match="unsupported samples"):
        reduce_to_8_bit(np.array([[0, value]], np.int32))


def save_deep_tiff(samples: np.ndarray, **options) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, samples.astype(np.uint16) * 257, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_16_bit_tiff_is_turned_once(draw_surface, orientation):
    surface = draw_surface(3)
    tag = [(274, "H", 1, orientation, True)]
    photo = decode_photo(save_deep_tiff(surface, photometric="rgb", extratags=tag))
    np.testing.assert_array_equal(photo.pixels, turn_upright(surface, orientation))


@pytest.mark.parametrize(
    "options", [{}, {"bigtiff": True, "tile": (16, 16)}, {"rowsperstrip": 5, "byteorder": ">"}]
)
def test_16_bit_tiff_keeps_its_pixels_or_is_refused(draw_surface, options):
    surface = draw_surface(3)
    whole = save_deep_tiff(surface, photometric="rgb", **options)
    np.testing.assert_array_equal(decode_photo(whole).pixels, surface)
    planes = np.moveaxis(surface, 2, 0)
    apart = save_deep_tiff(planes, photometric="rgb", planarconfig="separate", **options)
    with pytest.raises(ImageReadError, match="plane"):
        decode_photo(apart)


def test_16_bit_tiff_whose_zero_is_white(draw_surface):
    grey = draw_surface(3)[..., 0]
    data = save_deep_tiff(255 - grey, photometric="miniswhite")
    np.testing.assert_array_equal(decode_photo(data).pixels[..., 0], grey)


def test_16_bit_cmyk_tiff(draw_surface):
    cmyk = np.asarray(Image.fromarray(draw_surface(3)).convert("CMYK"))
    photo = decode_photo(save_deep_tiff(cmyk, photometric="separated"))
    np.testing.assert_array_equal(photo.pixels, draw_surface(3))
