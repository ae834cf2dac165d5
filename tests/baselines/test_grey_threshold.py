import numpy as np
import pytest

from crack_pipeline.baselines.grey_threshold import measure_darkness


def test_black_is_one_and_white_is_zero():
    image = np.uint8([[[0, 0, 0], [255, 255, 255], [51, 51, 51]]])
    darkness = measure_darkness(image)
    assert darkness.dtype == np.float32
    assert darkness[0].tolist() == pytest.approx([1.0, 0.0, 0.8])
