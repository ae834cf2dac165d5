import io

import numpy as np

from crack_pipeline.figures.palette import PREDICTION, TRUTH
from crack_pipeline.figures.sheets import (
    Panel,
    PanelRow,
    draw_sheet,
    put_side_by_side,
    replace_missing_glyphs,
    shorten_lines,
    shrink_mask,
    shrink_to_panel,
)

PHOTO = np.zeros((30, 40, 3), np.uint8)


def texts_of(figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_rows_are_headed_and_photos_captioned():
    rows = [
        PanelRow("Best", [Panel(PHOTO, "a"), Panel(PHOTO, "b")]),
        PanelRow("Worst", [Panel(PHOTO, "c")]),
        PanelRow("Missed", []),
    ]
    figure = draw_sheet(rows, title="Masks", legend=(("truth", TRUTH), ("prediction", PREDICTION)))
    assert texts_of(figure) == ["Masks", "Best", "a", "b", "Worst", "c", "Missed: none"]
    assert len(figure.axes) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["truth", "prediction"]
    figure.savefig(io.BytesIO(), format="png", dpi=30)


def test_nothing_overlaps():
    tall = np.zeros((80, 40, 3), np.uint8)
    rows = [PanelRow("Best", [Panel(PHOTO, "a"), Panel(tall, "b\nb")]), PanelRow("Worst", [])]
    figure = draw_sheet(rows, title="Masks", panel_width_in=2.0)
    boxes = [axes.get_position() for axes in figure.axes]
    assert boxes[0].x1 < boxes[1].x0
    assert all(0 < box.y0 < box.y1 < 1 for box in boxes)


def test_large_photos_are_shrunk_and_small_ones_left():
    assert shrink_to_panel(np.zeros((1000, 2000, 3), np.uint8), longest_px=500).shape == (
        250,
        500,
        3,
    )
    assert shrink_to_panel(PHOTO) is PHOTO


def test_thin_cracks_stay_in_a_shrunk_mask():
    mask = np.zeros((100, 100), np.uint8)
    mask[51] = 1
    small = shrink_mask(mask, np.zeros((10, 10, 3), np.uint8))
    assert small.sum() == 10
    assert small[5].all()
    assert shrink_mask(mask, np.zeros((100, 100, 3), np.uint8)) is mask


def test_pictures_side_by_side_have_a_white_gap():
    joined = put_side_by_side(PHOTO, PHOTO)
    assert joined.shape == (30, 86, 3)
    assert (joined[:, 40:46] == 255).all()


def test_a_row_without_heading_goes_on_with_the_one_above():
    rows = [PanelRow("Best", [Panel(PHOTO, "a")]), PanelRow("", [Panel(PHOTO, "b")])]
    headed = draw_sheet([rows[0], PanelRow("More", rows[1].panels)], title="Masks")
    figure = draw_sheet(rows, title="Masks")
    assert texts_of(figure)[-1] == "b"
    assert figure.get_size_inches()[1] < headed.get_size_inches()[1]


def test_letters_that_the_font_lacks_become_boxes():
    assert replace_missing_glyphs("mur été Größe\npont 🌉") == "mur été Größe\npont □"


def test_long_lines_keep_both_ends():
    short = shorten_lines("a" * 40 + "z" * 40 + "\nshort", width_in=2.4, font_size=9)
    first, second = short.split("\n")
    assert len(first) == 32
    assert first.startswith("aaa")
    assert "…" in first
    assert first.endswith("zzz")
    assert second == "short"
