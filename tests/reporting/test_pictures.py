import base64
import io

import numpy as np
import pytest
from PIL import Image
from tests.reporting.contents import draw, photo_sheet

from crack_pipeline.reporting.pictures import (
    MAX_WIDTH_PX,
    collect_pictures,
    cut_between_rows,
    embed_picture,
)

WIDTH_PX, ROW_PX, CAPTION_PX, BETWEEN_PX = 400, 90, 6, 14


def _decode(uri: str) -> tuple[str, Image.Image, int]:
    head, content = uri.split(",", 1)
    data = base64.b64decode(content)
    return head, Image.open(io.BytesIO(data)), len(data)


def test_a_drawing_stays_as_it_is():
    content = draw()
    picture = embed_picture(content)
    assert picture.uri == f"data:image/png;base64,{base64.b64encode(content).decode()}"
    assert (picture.width_px, picture.height_px, picture.is_wide) == (120, 80, False)


def test_a_sheet_of_photos_becomes_a_small_jpeg():
    picture = embed_picture(photo_sheet(2000, 1000))
    head, image, size = _decode(picture.uri)
    assert head == "data:image/jpeg;base64"
    assert size <= 750_000
    assert image.width <= MAX_WIDTH_PX
    assert (picture.width_px, picture.height_px) == image.size
    assert picture.width_px == pytest.approx(2 * picture.height_px, abs=1)


def test_a_wide_drawing_is_made_narrower_and_stays_png():
    picture = embed_picture(draw(width_px=2400, height_px=300))
    head, image, _ = _decode(picture.uri)
    assert head == "data:image/png;base64"
    assert image.size == (1600, 200)
    assert picture.is_wide


def test_a_tall_sheet_is_cut_into_parts_of_one_width():
    picture = embed_picture(photo_sheet(500, 1500))
    parts = [picture, *picture.below]
    assert len(parts) > 1
    assert picture.is_wide
    assert sum(part.height_px for part in parts) == 3 * picture.width_px
    assert {part.width_px for part in parts} == {picture.width_px}


def test_what_is_transparent_becomes_white():
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((40, 2000, 4), np.uint8)).save(buffer, "PNG")
    _, image, _ = _decode(embed_picture(buffer.getvalue()).uri)
    assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_only_pictures_that_the_page_shows_are_taken():
    shelf = collect_pictures({"roc_curve": draw(), "other": draw(), "example_best_1": draw()})
    assert set(shelf.found) == {"roc_curve", "example_best_1"}
    assert shelf.found["roc_curve"].name == "roc_curve"
    assert shelf.left_out == {}
    assert collect_pictures({}).found == {}


def test_an_example_is_small_and_has_no_margin():
    content = photo_sheet(1200, 600)
    with Image.open(io.BytesIO(content)) as photo:
        framed = Image.new("RGB", (1222, 622), "white")
        framed.paste(photo, (11, 11))
    buffer = io.BytesIO()
    framed.save(buffer, "PNG")
    _, image, size = _decode(embed_picture(buffer.getvalue(), is_example=True).uri)
    assert size <= 100_000
    assert image.width == pytest.approx(2 * image.height, abs=2)
    assert image.convert("L").getextrema()[1] < 255 or np.asarray(image)[0].min() < 200


@pytest.mark.parametrize("content", [b"", b"no picture", draw()[:90]])
def test_a_damaged_picture_is_left_out_and_said(content):
    shelf = collect_pictures({"roc_curve": content})
    assert shelf.left_out == {"roc_curve": "roc_curve.png cannot be read as a picture, left out."}


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
