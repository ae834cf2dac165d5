import cv2
import numpy as np
import pytest

from crack_pipeline.images.appearance import measure_appearance, measure_detail, spread_windows


@pytest.fixture(scope="module")
def photo():
    grain = np.random.default_rng(0).integers(60, 200, (300, 400, 3), dtype=np.uint8)
    return cv2.GaussianBlur(grain, (0, 0), 0.8)


def test_detail_falls_with_blur_and_comes_back_at_the_former_size(photo):
    sharp = measure_detail(photo)
    assert (measure_detail(cv2.GaussianBlur(photo, (0, 0), 2)) < sharp - 1).all()
    enlarged = cv2.resize(photo, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert measure_detail(enlarged)[0] < sharp[0] - 1
    again = measure_detail(enlarged, 0.25)
    assert (abs(again - sharp) < abs(measure_detail(enlarged) - sharp) / 2).all()


def test_light_is_that_of_the_median_and_the_brightest(photo):
    half = np.full((64, 64, 3), 100, np.uint8)
    half[:16] = 200
    assert measure_appearance(half).light == pytest.approx((50 + 200) / 1.5 / 255)


def test_strong_compression_leaves_blocks(photo):
    quality = [cv2.IMWRITE_JPEG_QUALITY, 15]
    compressed = cv2.imdecode(cv2.imencode(".jpg", photo, quality)[1], 1)
    assert measure_appearance(compressed).blockiness > measure_appearance(photo).blockiness + 0.3
    assert measure_appearance(photo[:20, :20]).blockiness == 0


def test_windows_lie_from_border_to_border():
    photo = np.arange(30, dtype=np.uint8)[:, None, None].repeat(8, 1).repeat(3, 2)
    windows = spread_windows(photo, 10, per_side=2)
    assert [(int(one[0, 0, 0]), int(one[-1, 0, 0]), one.shape[1]) for one in windows] == [
        (0, 9, 8),
        (20, 29, 8),
    ]
