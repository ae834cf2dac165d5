import numpy as np
import pytest

from crack_pipeline.masks.repair import are_specks
from crack_pipeline.masks.settings import RepairSettings


@pytest.mark.parametrize(
    ("n_pieces", "length_px", "expected"),
    [
        (0, 0, True),
        (1, 16, True),
        (3, 16, True),
        (1, 17, False),  # one too large
        (4, 16, False),  # together too many: 64 px, where 50 are allowed
    ],
)
def test_specks_are_small_and_few(n_pieces, length_px, expected):
    mask = np.zeros((250, 400), np.uint8)
    for piece in range(n_pieces):
        mask[10 * piece, :length_px] = 1
    assert are_specks(mask, RepairSettings(max_speck_share=0.0005)) is expected
