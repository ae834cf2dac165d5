import numpy as np
import pytest

from crack_pipeline.baselines.border_percentiles import measure_border_percentiles
from crack_pipeline.errors import ParameterError


def test_what_lies_inside_the_frame_is_not_seen():
    image = np.full((12, 16, 3), 51, np.uint8)
    blank = measure_border_percentiles(image, [0, 50, 100], border_px=2)
    image[2:-2, 2:-2] = 255
    assert blank.tolist() == measure_border_percentiles(image, [0, 50, 100], border_px=2).tolist()
    assert blank.tolist() == pytest.approx([0.2, 0.2, 0.2])
    image[:, -1] = 0
    assert measure_border_percentiles(image, [0, 100], border_px=2).tolist() == pytest.approx(
        [0, 0.2]
    )


@pytest.mark.parametrize("border_px", [0, 6, 40])
def test_a_frame_without_an_inside_is_refused(border_px):
    with pytest.raises(ParameterError, match="16×12 px"):
        measure_border_percentiles(np.zeros((12, 16, 3), np.uint8), [50], border_px=border_px)
