import numpy as np
import pytest

from crack_pipeline.images.resizing import resize_image, resize_probability


def test_shrinking_takes_means():
    image = np.zeros((4, 4, 3), np.uint8)
    image[::2] = 200
    assert (resize_image(image, width_px=2, height_px=2) == 100).all()


@pytest.mark.parametrize(("width_px", "height_px"), [(7, 5), (40, 60), (3, 90)])
def test_size_is_as_asked(draw_surface, width_px, height_px):
    resized = resize_image(draw_surface(0), width_px=width_px, height_px=height_px)
    assert resized.shape == (height_px, width_px, 3)
    assert resized.dtype == np.uint8


def test_same_size_is_the_image_itself(draw_surface):
    image = draw_surface(0)
    assert resize_image(image, width_px=96, height_px=72) is image


def test_a_probability_map_is_resized_as_its_photo_is():
    rows = np.repeat(np.linspace(0, 1, 6, dtype=np.float32)[:, None], 4, axis=1)
    shrunk = resize_probability(rows, width_px=2, height_px=3)
    np.testing.assert_allclose(shrunk[:, 0], [0.1, 0.5, 0.9], atol=1e-6)
    grown = resize_probability(shrunk, width_px=4, height_px=6)
    assert grown.shape == rows.shape
    assert grown.dtype == np.float32
    assert resize_probability(rows, width_px=4, height_px=6) is rows
