import io

import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import MaskError
from crack_pipeline.figures.palette import FOUND, MISSED, TRUTH
from crack_pipeline.figures.review_sheet import draw_review_sheets


@pytest.fixture
def photos(tmp_path):
    """Fourteen photos with masks; of the first one there is a prediction too."""
    rows = []
    for number in range(14):
        mask = np.zeros((60, 80), np.uint8)
        mask[20:30, 10:70] = 255
        paths = [tmp_path / f"{kind}_{number}.png" for kind in ("photo", "mask", "map")]
        for path, image in zip(
            paths, (np.full((60, 80, 3), 90, np.uint8), mask, mask), strict=True
        ):
            cv2.imwrite(str(path), image)
        rows.append(
            {
                "image_id": f"train/{number}",
                "rank": number + 1,
                "score": 0.9 - number / 20,
                "reason": "the mask fits better shifted by (+0, -7) px",
                "image_path": str(paths[0]),
                "mask_path": str(paths[1]),
                "map_path": str(paths[2]) if number == 0 else None,
            }
        )
    return pd.DataFrame(rows)


def _texts(figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_twelve_photos_a_page_with_rank_score_and_reason(photos):
    pages = draw_review_sheets(photos, title="Doubtful photos, lines")
    assert list(pages) == ["page_01", "page_02"]
    texts = _texts(pages["page_02"])
    assert texts[:2] == ["Doubtful photos, lines, page 2 of 2", "Rank 13 to 14"]
    assert texts[2].startswith("13. train/12   score 0.30\nthe mask fits better shifted")
    pages["page_01"].savefig(io.BytesIO(), format="png", dpi=30)


def test_masks_and_predictions_are_outlined(photos):
    pages = draw_review_sheets(photos, title="Doubtful photos")
    first, second = (axes.images[0].get_array() for axes in pages["page_01"].axes[:2])
    assert (first == FOUND).all(axis=2).any()
    assert (second == TRUTH).all(axis=2).any()
    assert not (second == MISSED).all(axis=2).any()
    legend = pages["page_01"].legends[0].get_texts()
    assert [text.get_text() for text in legend] == ["both", "mask alone", "prediction alone"]


def test_the_bare_photo_stands_beside_the_outlined_one(photos):
    page = draw_review_sheets(photos, title="Doubtful photos")["page_01"]
    picture = np.asarray(page.axes[0].images[0].get_array())
    assert picture.shape == (60, 166, 3)
    assert (picture[:, :80] == 90).all()
    assert (picture[:, 86:] == FOUND).all(axis=2).any()


def test_photos_without_masks_are_shown_as_they_are(photos):
    pages = draw_review_sheets(photos.assign(mask_path=None, map_path=None), title="Labels")
    assert (np.asarray(pages["page_01"].axes[0].images[0].get_array()) == 90).all()
    assert pages["page_01"].legends == []


def test_nothing_doubtful_is_a_page_that_says_so(photos):
    pages = draw_review_sheets(photos.head(0), title="Doubtful photos")
    assert "none" in _texts(pages["page_01"])[1]


def test_long_reasons_are_broken_into_lines(photos):
    photos["reason"] = "word " * 30
    (page, _) = draw_review_sheets(photos, title="Doubtful photos").values()
    assert max(len(line) for text in _texts(page) for line in text.splitlines()) < 70


def test_a_mask_that_has_gone_is_named(photos):
    with pytest.raises(MaskError, match=r"gone\.png"):
        draw_review_sheets(photos.assign(mask_path="gone.png"), title="Doubtful photos")
