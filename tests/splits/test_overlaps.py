import hashlib
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ImageReadError
from crack_pipeline.splits.overlaps import find_overlaps
from crack_pipeline.splits.settings import OverlapSettings
from crack_pipeline.splits.symmetries import INVERSES, apply_symmetry

SETTINGS = OverlapSettings()


@pytest.fixture
def wall(draw_surface):
    return draw_surface(5, width_px=500, height_px=400)[..., 0]


@pytest.fixture
def search(tmp_path):
    def write_and_search(photos, settings=SETTINGS, **options):
        paths = []
        for number, photo in enumerate(photos):
            paths.append(str(tmp_path / f"{number}.jpg"))
            assert cv2.imwrite(paths[-1], photo, [cv2.IMWRITE_JPEG_QUALITY, 90])
        contents = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]
        return find_overlaps(paths, contents, settings, n_jobs=1, **options)

    return write_and_search


def cut(photo, x, y, side=160):
    return np.ascontiguousarray(photo[y : y + side, x : x + side])


@pytest.mark.parametrize("symmetry", range(8))
def test_crops_are_found_whichever_way_they_lie(search, wall, draw_surface, symmetry):
    others = [draw_surface(seed, width_px=160, height_px=160)[..., 0] for seed in range(3)]
    lying = apply_symmetry(cut(wall, 130, 60), int(INVERSES[symmetry]))
    found = search([others[0], cut(wall, 30, 40), *others[1:], np.ascontiguousarray(lying)])
    assert found.pairs.tolist() == [[1, 4]]
    overlap = found.table.iloc[0]
    assert overlap["symmetry"] == symmetry
    assert (overlap["dx_px"], overlap["dy_px"]) == (100, 20)
    assert overlap["shared_share"] == pytest.approx(60 * 140 / 160**2)
    assert overlap["correlation"] > 0.9


@pytest.mark.parametrize(("x", "y"), [(-90, 0), (0, 110), (70, -80), (-60, -60), (0, 0)])
def test_overlaps_in_any_direction_are_found(search, wall, x, y):
    found = search([cut(wall, 150, 120), cut(wall, 150 + x, 120 + y)])
    if (x, y) == (0, 0):  # equal contents: their link is the content
        assert len(found.pairs) == 0
    else:
        assert found.table[["dx_px", "dy_px"]].to_numpy().tolist() == [[x, y]]


def test_photos_of_other_sizes_are_compared(search, wall):
    upright = np.ascontiguousarray(wall[50:350, 100:250])
    found = search([wall, upright, np.ascontiguousarray(np.rot90(wall[20:200, 200:480]))])
    assert found.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert found.table["shared_share"].iloc[:2].tolist() == [1.0, 1.0]


def test_a_crop_stands_beside_its_shrunk_photo(search, draw_surface):
    photo = cv2.GaussianBlur(draw_surface(7, width_px=800, height_px=600)[..., 0], (0, 0), 1.5)
    shrunk = cv2.resize(photo, (400, 300), interpolation=cv2.INTER_AREA)
    photos = [shrunk, photo[100:480, 200:700].copy()]
    assert len(search(photos).pairs) == 0
    found = search(photos, OverlapSettings(scales=(0.5,)))
    assert found.pairs.tolist() == [[0, 1]]
    assert found.table["second_scale"].tolist() == [0.5]
    assert found.table["shared_share"].iloc[0] > 0.9


def test_unrelated_blank_and_tiny_photos_do_not_overlap(search, draw_surface):
    walls = [draw_surface(seed, width_px=160, height_px=160)[..., 0] for seed in range(6)]
    blank = [np.full((160, 160), level, np.uint8) for level in (90, 91, 200)]
    tiny = [draw_surface(9, width_px=12, height_px=9)[..., 0], np.zeros((1, 1), np.uint8)]
    assert len(search([*walls, *blank, *tiny]).pairs) == 0


def test_too_little_in_common_does_not_count(search, wall):
    photos = [cut(wall, 0, 0), cut(wall, 80, 80)]
    assert search(photos).pairs.tolist() == [[0, 1]]
    assert len(search(photos, OverlapSettings(min_shared_share=0.3)).pairs) == 0


def test_of_copies_the_first_takes_part(search, wall):
    one, other = cut(wall, 0, 0), cut(wall, 60, 60)
    assert search([one, one, other, other]).pairs.tolist() == [[0, 2]]


def test_no_photos_have_no_overlaps():
    found = find_overlaps([], [], SETTINGS)
    assert found.pairs.shape == (0, 2)
    assert list(found.table) == list(find_overlaps([], [], SETTINGS).table)


def test_an_unchanged_set_is_not_searched_again(search, wall, tmp_path):
    photos = [cut(wall, 0, 0), cut(wall, 60, 60), cut(wall, 200, 200)]
    first = search(photos, store=tmp_path / "overlaps")
    again = search(photos, store=tmp_path / "overlaps")
    assert (first.is_kept, again.is_kept) == (False, True)
    assert again.seconds == first.seconds
    assert again.table.equals(first.table)


def test_kept_overlaps_follow_their_photos(search, wall, tmp_path):
    photos = [cut(wall, 0, 0), cut(wall, 60, 60), cut(wall, 300, 200)]
    search(photos, store=tmp_path / "overlaps")
    moved = search([photos[2], photos[0], photos[1]], store=tmp_path / "overlaps")
    assert moved.is_kept
    assert moved.pairs.tolist() == [[1, 2]]


def test_a_changed_set_is_searched_anew(search, wall, tmp_path):
    photos = [cut(wall, 0, 0), cut(wall, 60, 60)]
    search(photos, store=tmp_path / "overlaps")
    found = search([*photos, cut(wall, 120, 60)], store=tmp_path / "overlaps")
    assert not found.is_kept
    assert found.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_a_photo_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    with pytest.raises(ImageReadError, match=r"broken\.jpg"):
        find_overlaps([str(tmp_path / "broken.jpg")], ["a"], SETTINGS, n_jobs=1)


def test_worker_processes_find_the_same(tmp_path, wall):
    paths = [str(tmp_path / f"{number}.png") for number in range(70)]
    for number, path in enumerate(paths):
        cv2.imwrite(path, cut(wall, 34 * (number % 10), 34 * (number // 10), side=96))
    alone, spread = (find_overlaps(paths, paths, SETTINGS, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert len(alone.pairs) > 200
    assert spread.table.equals(alone.table)


def test_deepcrack_leaks_are_found():
    root = os.environ.get("CRACK_DATA_ROOT")
    if not root or not Path(root, "deepcrack").is_dir():
        pytest.skip("CRACK_DATA_ROOT names no folder with deepcrack")
    names = ("11142", "11158", "11187", "11216", "11236", "11289", "11116", "11190")
    paths = sorted(
        str(path)
        for path in Path(root, "deepcrack").glob("t*_img/*.jpg")
        if path.stem.split("-")[0] in names
    )
    contents = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]
    found = find_overlaps(paths, contents, OverlapSettings(scales=(0.84,)), n_jobs=2)
    stems = [f"{Path(path).parent.name[:-4]}/{Path(path).stem}" for path in paths]
    crossing = {
        (stems[first], stems[second])
        for first, second in found.pairs
        if stems[first].startswith("test") and stems[second].startswith("train")
    }
    assert {pair[0] for pair in crossing} == {
        "test/11216",
        "test/11142-1",
        "test/11142-2",
        *(f"test/11236-{number}" for number in range(1, 8)),
        *(f"test/11289-{number}" for number in range(1, 12)),
    }
    assert {pair[1] for pair in crossing} == {
        "train/11142",
        "train/11158",
        *(f"train/11187-{number}" for number in range(1, 7)),
        *(f"train/11289-{number}" for number in range(1, 11)),
    }
    # They carry the same watermark in the same place.
    assert not {("train/11116", "train/11190")} & {(stems[a], stems[b]) for a, b in found.pairs}
