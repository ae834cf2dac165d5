import numpy as np
import pytest
from PIL import Image

from crack_pipeline.reporting.sheet_rows import cut_between_rows

WIDTH_PX, ROW_PX, CAPTION_PX, BETWEEN_PX = 400, 90, 6, 14


def _draw_sheet(n_rows: int) -> Image.Image:
    """Rows of a dark photo, a little white, a dark caption, and more white before the next row."""
    row = np.full((ROW_PX + 5 + CAPTION_PX + BETWEEN_PX, WIDTH_PX), 255, np.uint8)
    row[:ROW_PX] = 40
    row[ROW_PX + 5 : ROW_PX + 5 + CAPTION_PX] = 0
    return Image.fromarray(np.concatenate([row] * n_rows))


def test_a_sheet_is_cut_between_its_rows_and_nothing_is_lost():
    sheet = _draw_sheet(5)
    strips = cut_between_rows(sheet)
    assert [strip.height for strip in strips] == [223, 230, 122]
    together = np.concatenate([np.asarray(strip) for strip in strips])
    assert np.array_equal(together, np.asarray(sheet))
    for strip in strips[1:]:
        assert (np.asarray(strip)[0] == 255).all()


def test_a_low_sheet_stays_whole():
    assert len(cut_between_rows(_draw_sheet(2))) == 1


@pytest.mark.parametrize("shade", [0, 255])
def test_a_sheet_without_rows_is_cut_all_the_same(shade):
    sheet = Image.new("L", (100, 300), shade)
    assert sum(strip.height for strip in cut_between_rows(sheet)) == 300
