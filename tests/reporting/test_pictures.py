import base64
import io

import numpy as np
import pytest
from PIL import Image
from tests.reporting.contents import draw, photo_sheet

from crack_pipeline.reporting.known_pictures import (
    CURVES,
    EXPLANATIONS,
    KNOWN_PICTURES,
    list_pictures,
)
from crack_pipeline.reporting.pictures import (
    MAX_WIDTH_PX,
    PictureFile,
    collect_pictures,
    embed_picture,
)
from crack_pipeline.task_specs import task_names

FILES = (PictureFile("curve", "Curve", "A curve"), PictureFile("sheet", "Sheet", "A sheet"))


def _decode(uri: str) -> tuple[str, Image.Image, int]:
    head, content = uri.split(",", 1)
    data = base64.b64decode(content)
    return head, Image.open(io.BytesIO(data)), len(data)


def test_a_drawing_stays_as_it_is():
    content = draw()
    picture = embed_picture(content, title="Curve", alt="A curve")
    assert picture.uri == f"data:image/png;base64,{base64.b64encode(content).decode()}"
    assert (picture.width_px, picture.height_px, picture.is_wide) == (120, 80, False)


def test_a_sheet_of_photos_becomes_a_small_jpeg_that_scrolls_on_a_phone():
    picture = embed_picture(photo_sheet(2000, 1000), title="Sheet", alt="A sheet")
    head, image, size = _decode(picture.uri)
    assert head == "data:image/jpeg;base64"
    assert size <= 750_000
    assert image.width <= MAX_WIDTH_PX
    assert (picture.width_px, picture.height_px) == image.size
    assert picture.width_px == pytest.approx(2 * picture.height_px, abs=1)


def test_a_wide_drawing_is_made_narrower_and_stays_png():
    picture = embed_picture(draw(width_px=2400, height_px=300), title="Wide", alt="Wide")
    head, image, _ = _decode(picture.uri)
    assert head == "data:image/png;base64"
    assert image.size == (1600, 200)
    assert picture.is_wide


def test_a_tall_sheet_is_cut_into_parts_of_one_width():
    picture = embed_picture(photo_sheet(500, 1500), title="Sheet", alt="A sheet")
    parts = [picture, *picture.below]
    assert len(parts) > 1
    assert sum(part.height_px for part in parts) == 3 * picture.width_px
    assert {part.width_px for part in parts} == {picture.width_px}
    assert [part.alt for part in parts[:2]] == ["A sheet", "A sheet (continued)"]


def test_what_is_transparent_becomes_white():
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((40, 2000, 4), np.uint8)).save(buffer, "PNG")
    _, image, _ = _decode(embed_picture(buffer.getvalue(), title="", alt="").uri)
    assert image.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


def test_only_known_pictures_are_taken():
    shelf = collect_pictures({"curve": draw(), "other": draw()}, FILES)
    assert set(shelf.found) == {"curve"}
    assert shelf.take("sheet", "curve")[0].alt == "A curve"
    assert shelf.left_out == {}
    assert collect_pictures({}, FILES).found == {}


@pytest.mark.parametrize("content", [b"", b"no picture", draw()[:90]])
def test_a_damaged_picture_is_left_out_and_said(content):
    shelf = collect_pictures({"curve": content}, FILES)
    assert shelf.notes("curve") == ("curve.png cannot be read as a picture, left out.",)


def test_known_pictures_have_unique_names_captions_and_alternative_texts():
    names = [file.name for file in KNOWN_PICTURES]
    assert len(set(names)) == len(names)
    assert {*CURVES, *EXPLANATIONS} <= set(names)
    assert all(file.title and file.alt for file in KNOWN_PICTURES)


def test_alternative_texts_say_what_a_task_has():
    alts = {task: {file.name: file.alt for file in list_pictures(task)} for task in task_names()}
    assert list(alts["classification"]) == list(alts["segmentation"])
    assert "outlines of truth and prediction" in alts["segmentation"]["prediction_sheet"]
    assert "outlines" not in alts["classification"]["prediction_sheet"]
    assert "truth, prediction" not in alts["classification"]["explanation_sheet"]
