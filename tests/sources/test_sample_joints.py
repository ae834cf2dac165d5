import json

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.drawing.photo import (
    PhotoPlan,
    draw_joint_mask,
    draw_photo,
    plan_photo,
)
from crack_pipeline.sources.synthetic import (
    SampleSettings,
    draw_sample,
    find_photos_with_joints,
    read_joint_mask,
)

SETTINGS = SampleSettings(n_photos=8, width_px=128, height_px=96, seed=1)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    draw_sample(folder, SETTINGS, n_jobs=1)
    return sorted((folder / "images").glob("*.jpg"))


def test_photos_with_joints_are_those_that_the_table_names(paths):
    table = (paths[0].parents[1] / "sample.csv").read_text().splitlines()[1:]
    named = [row.split(",")[0] for row in table if "joints" in row.split(",")[3].split(";")]
    assert named
    assert [path.stem for path in find_photos_with_joints(paths)] == named


@pytest.mark.parametrize("number", range(4))
def test_joints_are_dark_in_the_photo_and_lie_where_the_mask_says(number):
    plan = PhotoPlan(0, number, "smooth_concrete", ("joints",), has_crack=False)
    photo, mask = (
        draw_photo(plan, (192, 256)).image.mean(axis=-1),
        draw_joint_mask(plan, (192, 256)),
    )
    assert 0.01 < mask.mean() < 0.3
    around = cv2.dilate(mask, np.ones((9, 9), np.uint8)) - mask
    inner = cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=0)
    assert photo[inner > 0].mean() < 0.7 * photo[around > 0].mean()


def test_masks_have_the_size_of_the_photos(paths):
    for path in find_photos_with_joints(paths):
        mask = read_joint_mask(path)
        assert mask.shape == (96, 128)
        assert mask.any()


def test_a_photo_without_joints_has_an_empty_mask(paths):
    bare = [path for path in paths if path not in find_photos_with_joints(paths)]
    assert bare
    assert not read_joint_mask(bare[0]).any()


def test_drawing_the_mask_changes_nothing_about_the_photo():
    plan = plan_photo(0, 30, crack_share=2 / 3)
    before = draw_photo(plan, (96, 128)).image
    first, second = (draw_joint_mask(plan, (96, 128)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(before, draw_photo(plan, (96, 128)).image)


def test_refuses_a_photo_of_no_sample(tmp_path):
    with pytest.raises(LayoutError, match="this version of the sample draws"):
        read_joint_mask(tmp_path / "images" / "sample_0000.jpg")


@pytest.mark.parametrize("change", [{"version": 0}, {"settings": {"n_photos": 0}}])
def test_refuses_a_sample_of_another_version(tmp_path, change):
    record = {"version": 1, "settings": SETTINGS.model_dump(), **change}
    (tmp_path / "sample.json").write_text(json.dumps(record))
    with pytest.raises(LayoutError, match="Tile joints are known"):
        find_photos_with_joints([tmp_path / "images" / "sample_0000.jpg"])


@pytest.mark.parametrize("name", ["sample_0099", "photo"])
def test_refuses_a_name_that_the_sample_does_not_have(paths, name):
    with pytest.raises(LayoutError, match="none of the sample"):
        read_joint_mask(paths[0].with_name(f"{name}.jpg"))
