import numpy as np
import pytest
from PIL import Image, ImageOps

from crack_pipeline.images.headers import turn_upright

PIXELS = np.arange(24, dtype=np.uint8).reshape(4, 6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_agrees_with_pillow(orientation):
    picture = Image.fromarray(PIXELS)
    picture.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(turn_upright(PIXELS, orientation), expected)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_colours_stay_together(orientation):
    colours = np.dstack([PIXELS, PIXELS + 100, PIXELS + 200])
    turned = turn_upright(colours, orientation)
    assert turned.shape == (6, 4, 3)
    assert turned.flags.c_contiguous
    np.testing.assert_array_equal(turned[..., 1], turn_upright(PIXELS + 100, orientation))
