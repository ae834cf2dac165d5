"""Outlines on photos with an EXIF orientation: drawn before or after it was applied."""

import numpy as np
import pytest

from crack_pipeline.errors import MaskError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.masks.coco import coco_document, decode_coco, describe_segmentations
from crack_pipeline.masks.fitting import draw_upright
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.masks.yolo import decode_yolo, encode_yolo

TURNS = range(2, 9)
BACK = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
DOUBT = "mask_orientation_doubtful"


def read_yolo(drawn, lightness, orientation, **settings):
    """The mask that a label file of a drawn mask gives."""
    data = encode_yolo(drawn).encode()
    return draw_upright(
        lambda width, height: decode_yolo(data, width, height),
        lightness,
        orientation=orientation,
        settings=RepairSettings(**settings),
    )


def read_coco(drawn, lightness, orientation, *, stated=None, scale=1.0, outlines="polygons"):
    """The mask that COCO annotations of a drawn mask give; the stated size is (width, height)."""
    shapes = coco_document([("a.jpg", drawn)], outlines=outlines)["annotations"]
    segmentations = [one["segmentation"] for one in shapes]
    if outlines == "polygons":
        segmentations = [[(np.array(ring) * scale).tolist() for ring in s] for s in segmentations]
    width_px, height_px = stated or (None, None)
    annotation = describe_segmentations(segmentations, width_px=width_px, height_px=height_px)
    return draw_upright(
        lambda width, height: decode_coco(annotation, width, height),
        lightness,
        orientation=orientation,
        settings=RepairSettings(),
    )


def check(decoded, mask, *mended):
    np.testing.assert_array_equal(decoded.mask, mask)
    assert decoded.mended == mended


@pytest.mark.parametrize("turn", TURNS)
def test_darkness_tells_where_labels_were_drawn(crack_pair, turn):
    lightness, mask = crack_pair
    check(read_yolo(turn_upright(mask, BACK[turn]), lightness, turn), mask, "mask_turned")
    check(read_yolo(mask, lightness, turn), mask)


@pytest.mark.parametrize("turn", TURNS)
def test_labels_are_refused_where_darkness_tells_nothing(crack_pair, turn):
    lightness, mask = crack_pair
    for plain in (np.full_like(lightness, 128), 255 - lightness):
        for drawn in (mask, turn_upright(mask, BACK[turn])):
            with pytest.raises(MaskError, match=f"EXIF orientation {turn}"):
                read_yolo(drawn, plain, turn)


@pytest.mark.parametrize("turn", TURNS)
def test_labels_that_both_readings_draw_alike_are_clear(turn):
    dark, same = np.full((40, 40), 128, np.uint8), np.zeros((40, 40), np.uint8)
    check(read_yolo(same, dark, turn), same)
    same[15:25, 15:25] = 1
    check(read_yolo(same, dark, turn), same)


@pytest.mark.parametrize("outlines", ["polygons", "rle"])
@pytest.mark.parametrize("turn", TURNS)
def test_a_stated_size_tells_where_outlines_were_drawn(crack_pair, turn, outlines):
    lightness, mask = crack_pair
    if turn >= 5:  # else the size is the same
        lightness = np.full_like(lightness, 128)
    drawn = turn_upright(mask, BACK[turn])
    decoded = read_coco(drawn, lightness, turn, stated=drawn.shape[::-1], outlines=outlines)
    check(decoded, mask, "mask_turned")
    check(read_coco(mask, lightness, turn, stated=(120, 80), outlines=outlines), mask)


@pytest.mark.parametrize("turn", TURNS)
def test_a_scaled_size_tells_it_too(crack_pair, turn):
    lightness, mask = crack_pair
    drawn = turn_upright(mask, BACK[turn])
    stated = tuple(side / 2 for side in drawn.shape[::-1])
    decoded = read_coco(drawn, lightness, turn, stated=tuple(map(int, stated)), scale=0.5)
    check(decoded, mask, "mask_outlines_scaled", "mask_turned")


@pytest.mark.parametrize("turn", TURNS)
def test_without_a_size_darkness_tells(crack_pair, turn):
    lightness, mask = crack_pair
    check(read_coco(turn_upright(mask, BACK[turn]), lightness, turn), mask, "mask_turned")
    check(read_coco(mask, lightness, turn), mask)


def test_a_square_photo_needs_darkness(crack_pair):
    lightness, mask = (one[:, 20:100].copy() for one in crack_pair)
    drawn = turn_upright(mask, BACK[6])
    check(read_coco(drawn, lightness, 6, stated=(80, 80)), mask, "mask_turned")
    with pytest.raises(MaskError, match="EXIF orientation 6"):
        read_coco(drawn, np.full_like(lightness, 128), 6, stated=(80, 80))


@pytest.mark.parametrize(("turn", "stated"), [(1, (80, 120)), (BACK[6], (120, 80))])
def test_a_size_that_darkness_contradicts_is_doubted(crack_pair, turn, stated):
    lightness, mask = crack_pair
    drawn = turn_upright(mask, turn).copy()
    drawn[80:], drawn[:, 80:] = 0, 0  # what has room on both rasters
    decoded = read_coco(drawn, lightness, 6, stated=stated)
    assert decoded.mended[-1] == DOUBT


def test_outlines_that_fit_neither_raster_are_refused(crack_pair):
    lightness, mask = crack_pair
    with pytest.raises(MaskError, match="another size"):
        read_coco(mask, lightness, 6, stated=(100, 80))
    with pytest.raises(MaskError, match="not numbers"):
        draw_upright(
            lambda width, height: decode_yolo(b"crack", width, height),
            lightness,
            orientation=8,
            settings=RepairSettings(),
        )


@pytest.mark.parametrize("outlines", ["polygons", "rle"])
@pytest.mark.parametrize("scale", [1.0, 0.5])
@pytest.mark.parametrize("turn", [5, 6, 7, 8])
def test_a_photo_turned_without_a_trace_has_swapped_sides(crack_pair, turn, scale, outlines):
    lightness, mask = crack_pair
    drawn = turn_upright(mask, BACK[turn])
    scaled = scale if outlines == "polygons" else 1.0
    stated = tuple(int(side * scaled) for side in drawn.shape[::-1])
    how = ["mask_outlines_scaled"] if scaled < 1 else []
    decoded = read_coco(drawn, lightness, 1, stated=stated, scale=scaled, outlines=outlines)
    check(decoded, mask, *how, "mask_turned")
    with pytest.raises(MaskError, match="rotated, but the photo does not tell"):
        read_coco(drawn, np.full_like(lightness, 128), 1, stated=stated, scale=scaled)


@pytest.mark.parametrize("turn", [1, 5, 6, 7, 8])
def test_run_lengths_state_their_raster_themselves(crack_pair, turn):
    lightness, mask = crack_pair
    drawn = turn_upright(mask, BACK[turn])
    stated = drawn.shape if turn == 1 else mask.shape[::-1]  # the other raster than the drawn one
    decoded = read_coco(drawn, lightness, turn, stated=stated, outlines="rle")
    check(decoded, mask, *(["mask_turned"] if turn > 1 else []))


def test_turning_can_be_forbidden(crack_pair):
    lightness, mask = crack_pair
    with pytest.raises(MaskError, match="EXIF orientation 6"):
        read_yolo(turn_upright(mask, BACK[6]), lightness, 6, transpose="set_aside")


def test_a_photo_without_orientation_is_read_once(crack_pair):
    lightness, mask = crack_pair
    check(read_yolo(turn_upright(mask, 3), lightness, 1), turn_upright(mask, 3))
