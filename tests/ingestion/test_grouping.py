import json

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_pipeline.data_source import ListedImage
from crack_pipeline.ingestion.checked_table import check_listing
from crack_pipeline.ingestion.grouping import OverlapSearch, group_checked
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.splits.settings import DuplicateSettings, OverlapSettings


@pytest.fixture
def crops(tmp_path, draw_surface):
    """Ten photos: a, b and c are linked one by one, d and e by name, f and g by content."""
    surface = draw_surface(1, width_px=400, height_px=300)
    pictures = {
        "a": surface[:227, :227],
        "b": surface[30:257, 90:317],  # shares a part with a
        "c": np.ascontiguousarray(surface[30:257, 90:317][::-1]),  # b upside down
        **{name: draw_surface(seed, width_px=227, height_px=227)
           for seed, name in enumerate("defhij", start=10)},
    }  # fmt: skip
    pictures["g"] = pictures["f"]
    for name, picture in pictures.items():
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    (tmp_path / "j.png").write_bytes(b"")
    return [
        ListedImage(name, tmp_path / f"{name}.png", photo_id="wall" if name in "de" else None)
        for name in sorted(pictures)
    ]


def group(crops, plan, tmp_path, *, search=True, flips=True):
    checked, thumbnails = check_listing(describe_listing(crops), plan)
    overlaps = OverlapSearch(OverlapSettings(), tmp_path / "overlaps", n_jobs=1)
    settings = DuplicateSettings(flips=flips)
    return group_checked(checked, thumbnails, settings, overlaps if search else None)


def test_each_kind_of_link_makes_a_group(crops, plan, tmp_path):
    grouping = group(crops, plan, tmp_path)
    groups = grouping.photos.set_index("image_id")["group_id"]
    assert groups[["a", "b", "c"]].tolist() == ["a"] * 3
    assert groups[["d", "e"]].tolist() == ["d"] * 2
    assert groups[["f", "g"]].tolist() == ["f"] * 2
    assert groups[["h", "i"]].tolist() == ["h", "i"]
    assert groups.isna().to_dict()["j"]
    kinds = {
        frozenset(pair): kind for *pair, kind in grouping.links.itertuples(index=False, name=None)
    }
    assert kinds[frozenset("bc")] in {"flipped", "overlap"}
    assert kinds[frozenset("ab")] == "overlap"
    assert kinds[frozenset("de")] == "file name"
    assert kinds[frozenset("fg")] == "copy"
    assert "flipped" in set(grouping.links["kind"])


def test_the_overlap_search_is_reported_apart_and_kept(crops, plan, tmp_path):
    first, again = (group(crops, plan, tmp_path).searches["overlaps"] for _ in range(2))
    assert first["pairs"] >= 2
    assert not first["kept_from_an_earlier_run"]
    assert again == {**first, "kept_from_an_earlier_run": True}
    json.dumps(first)


def test_without_the_search_overlaps_stay_apart(crops, plan, tmp_path):
    grouping = group(crops, plan, tmp_path, search=False, flips=False)
    groups = grouping.photos.set_index("image_id")["group_id"]
    assert groups[["a", "b", "c"]].nunique() == 3
    assert "overlaps" not in grouping.searches


def test_nothing_usable_has_no_groups(plan, tmp_path):
    listed = [ListedImage("a", tmp_path / "a.jpg", reason="image without mask")]
    checked, thumbnails = check_listing(describe_listing(listed), plan)
    grouping = group_checked(checked, thumbnails, DuplicateSettings())
    assert grouping.photos["group_id"].isna().all()
    assert grouping.links.empty


def test_thumbnails_are_read_as_they_are_needed(crops, plan, tmp_path):
    _, thumbnails = check_listing(describe_listing(crops), plan)
    assert isinstance(thumbnails, np.memmap)
    assert cv2.absdiff(thumbnails[5], thumbnails[6]).max() == 0
