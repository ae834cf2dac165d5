import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat
from tests.sources.layouts_annotated import save_regions

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.annotations import decode_crackforest

REGIONS = np.ones((6, 5), np.uint8)
REGIONS[2, 1:4] = 2


def saved(regions=REGIONS, **options):
    file = io.BytesIO()
    truth = np.empty((1, 1), dtype=[("Segmentation", object), ("Boundaries", object)])
    truth[0, 0] = (regions, regions)
    savemat(file, {"groundTruth": truth}, **options)
    return file.getvalue()


def saved_as(**content):
    file = io.BytesIO()
    savemat(file, content)
    return file.getvalue()


def cell_of(*items):
    cell = np.empty((1, len(items)), object)
    cell[0, :] = items
    return cell


@pytest.mark.parametrize("options", [{}, {"do_compression": True}])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float64])
def test_region_2_is_crack(options, kind):
    decoded = decode_crackforest(saved(REGIONS.astype(kind), **options))
    np.testing.assert_array_equal(decoded.mask, REGIONS == 2)
    assert decoded.mask.dtype == np.uint8
    assert (decoded.mended, decoded.note) == ((), "")


def test_a_structure_within_a_cell_is_read():
    inner = {"Segmentation": REGIONS, "Boundaries": REGIONS}
    decoded = decode_crackforest(saved_as(groundTruth=cell_of(inner)))
    np.testing.assert_array_equal(decoded.mask, REGIONS == 2)


def test_stray_regions_are_background_and_counted():
    regions = REGIONS.copy()
    regions[0, :4], regions[5, 0] = 3, 4
    decoded = decode_crackforest(saved(regions))
    np.testing.assert_array_equal(decoded.mask, REGIONS == 2)
    assert decoded.mended == ("mask_stray_regions",)
    assert decoded.note == "4 pixels of region 3 and 1 pixels of region 4 taken for background"


def test_a_photo_without_crack_has_an_empty_mask():
    assert not decode_crackforest(saved(np.ones((4, 4), np.uint8))).mask.any()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "empty MATLAB file"),
        (b"no MATLAB file at all" * 20, "damaged MATLAB file"),
        (saved()[:-40], "damaged MATLAB file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(600), "version 7.3"),
        (b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n", "version 7.3"),
        (saved_as(other=REGIONS), "without groundTruth"),
        (saved_as(groundTruth=REGIONS), "no single structure"),
        (saved_as(groundTruth={"Boundaries": REGIONS}), "without Segmentation.*has Boundaries"),
        (saved_as(groundTruth=cell_of({"Segmentation": REGIONS}, {"Segmentation": REGIONS})),
         "no single structure"),
        (saved(np.ones((2, 3, 4), np.uint8)), "no matrix of numbers but 2×3×4"),
        (saved(np.zeros((0, 0), np.uint8)), "no matrix of numbers but 0×0"),
        (saved(np.array(["background", "crack"])), "another shape"),
        (saved(REGIONS.astype(complex)), "another shape"),
        (saved(REGIONS * 5), "regions other than 1 to 4: 5, 10"),
        (saved(np.full((3, 3), 3, np.uint8)), "no crack but regions that nobody explains: 3"),
        (saved(REGIONS - 1), "regions other than 1 to 4: 0"),
        (saved(np.full((3, 3), np.nan)), "regions other than 1 to 4: nan"),
    ],
)  # fmt: skip
def test_other_files_are_refused(data, fault):
    with pytest.raises(MaskError, match=fault):
        decode_crackforest(data)


def test_a_file_that_is_cut_off_anywhere_is_refused():
    data = saved()
    for length in range(len(data)):
        with pytest.raises(MaskError):
            decode_crackforest(data[:length])


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_no_damaged_byte_does_harm(place, value):
    data = bytearray(saved())
    data[place % len(data)] = value
    with contextlib.suppress(MaskError):
        assert decode_crackforest(bytes(data)).mask.ndim == 2


def test_the_files_of_the_tests_are_those_of_the_data_set(tmp_path):
    save_regions(tmp_path / "001.mat", REGIONS)
    decoded = decode_crackforest((tmp_path / "001.mat").read_bytes())
    np.testing.assert_array_equal(decoded.mask, REGIONS == 2)
