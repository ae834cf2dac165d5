import math

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ImageReadError, MaskError, ShapeError
from crack_pipeline.label_quality.pair_features import measure_files, measure_pair


def test_a_good_pair(draw_pair):
    features = measure_pair(*draw_pair(1))
    assert features.darkness > 0.98
    assert math.hypot(features.shift_dx_px, features.shift_dy_px) <= 1.5
    assert abs(features.offset_px) <= 1
    assert features.mask_width_px == pytest.approx(features.line_width_px, abs=1.5)
    assert features.unmasked_line < 0.1


@pytest.mark.parametrize("value", [0, 1])
def test_of_an_empty_or_full_mask_only_shares_are_known(draw_pair, value):
    grey, mask = draw_pair(2)
    features = measure_pair(grey, np.full_like(mask, value))
    assert features.masked_share == value
    assert features.unmasked_line > 0.5 if value == 0 else features.unmasked_line == 0
    assert math.isnan(features.darkness)
    assert math.isnan(features.shift_dx_px)


def test_sizes_must_agree(draw_pair):
    grey, mask = draw_pair(3)
    with pytest.raises(ShapeError, match="height and width"):
        measure_pair(grey, mask[:-1])


def test_large_photos_are_measured_small_and_told_in_their_own_px(draw_pair):
    grey, mask = draw_pair(4, width_px=640, height_px=320, line_px=9)
    size = (640 * 5, 320 * 5)
    large = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC)
    features = measure_pair(large, cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST))
    small = measure_pair(grey, mask)
    assert features.line_width_px == pytest.approx(5 * small.line_width_px, rel=0.15)
    assert features.masked_share == pytest.approx(small.masked_share, rel=0.1)
    assert features.darkness > 0.98


def test_files_that_cannot_be_read(draw_pair, tmp_path):
    grey, mask = draw_pair(5)
    photo, mask_path, broken = (tmp_path / name for name in ("photo.png", "mask.png", "broken.png"))
    cv2.imwrite(str(photo), grey)
    cv2.imwrite(str(mask_path), mask * 255)
    broken.write_bytes(photo.read_bytes()[:300])
    assert measure_files(photo, mask_path).darkness > 0.98
    with pytest.raises(ImageReadError):
        measure_files(broken, mask_path)
    with pytest.raises(MaskError, match=r"broken\.png"):
        measure_files(photo, broken)
    with pytest.raises(ImageReadError):
        measure_files(tmp_path / "none.png", mask_path)
