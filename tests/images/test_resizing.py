import numpy as np
import pytest

from crack_pipeline.images.resizing import resize_image


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
