"""The scale of predictions is told from the values of all files, or asked for."""

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.scoring.files import draw_line, draw_ramp, write_npy, write_png

from crack_pipeline.errors import ImageReadError, MaskError
from crack_pipeline.scoring.maps import read_prediction, read_truth, recognize_scale


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(1, np.uint8), (255, np.uint8), (65535, np.uint16), (1, np.float32), (255, np.int64)],
)
@pytest.mark.parametrize("choice", ["auto", "value"])
def test_masks_of_two_levels_are_masks(tmp_path, value, dtype, choice):
    paths = [
        write_npy(tmp_path, "a", draw_line(value, dtype)),
        write_npy(tmp_path, "b", draw_line(0, dtype)),
    ]
    scale = recognize_scale(paths, "auto" if choice == "auto" else value)
    assert scale.name == "mask"
    np.testing.assert_array_equal(read_prediction(paths[0], scale), draw_line(1, np.float32))


def test_masks_of_bool_are_masks(tmp_path):
    assert recognize_scale([write_npy(tmp_path, "a", draw_line(1, np.bool_))]).is_mask


def test_masks_of_other_levels_in_other_files_are_masks(tmp_path):
    # DeepCrack's own masks are like this: some of 1 bit, some of 0 and 255.
    one = write_png(tmp_path, "a", draw_line(1, np.uint8))
    scale = recognize_scale([one, write_png(tmp_path, "b", draw_line(255, np.uint8))])
    assert scale.is_mask
    assert read_prediction(one, scale).max() == 1.0


def test_a_faint_map_among_maps_is_no_mask(tmp_path):
    # Alone, values of 0 and 1 would be a mask; beside a map of 0–255 they are nearly nothing.
    faint = write_png(tmp_path, "faint", draw_line(1, np.uint8))
    scale = recognize_scale([faint, write_png(tmp_path, "ramp", draw_ramp(252, np.uint8))])
    assert scale.name == "0–255"
    assert read_prediction(faint, scale).max() == pytest.approx(1 / 255)


@pytest.mark.parametrize(
    ("highest", "dtype", "top"),
    [
        (200, np.uint8, 255),
        (255, np.int16, 255),
        (254, np.int32, 255),
        (255, np.int64, 255),
        (255, np.uint16, 255),
        (40_000, np.uint16, 65535),
        (65_535, np.float32, 65535),
        (0.9, np.float32, 1),
        (0.02, np.float64, 1),
        (230.5, np.float32, 255),
    ],
)
def test_maps_become_probabilities(tmp_path, highest, dtype, top):
    samples = draw_ramp(highest, dtype)
    path = write_npy(tmp_path, "a", samples)
    scale = recognize_scale([path])
    assert (scale.name, scale.top) == (f"0–{top}", top)
    read = read_prediction(path, scale)
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, samples / top, rtol=1e-6)


def test_16_bit_images_that_hold_8_bits_are_read_by_their_values(tmp_path):
    bright = write_png(tmp_path, "bright", draw_ramp(255, np.uint16))
    faint = write_png(tmp_path, "faint", draw_ramp(30, np.uint16))
    scale = recognize_scale([bright, faint])
    assert scale.name == "0–255"
    assert read_prediction(faint, scale).max() == pytest.approx(30 / 255)


@pytest.mark.parametrize(
    ("lowest", "highest"), [(0, 1.0000003), (-1e-7, 0.98), (-1e-3, 1.001), (-1e-7, 1.04)]
)
def test_rounding_beyond_the_scale_is_clipped_and_told(tmp_path, lowest, highest):
    samples = np.clip(draw_ramp(1.0), 0, 1)
    samples[0, :2], samples[7, 9] = (lowest, 0.5), highest
    path = write_npy(tmp_path, "a", samples)
    scale = recognize_scale([path])
    assert scale.name == "0–1"
    assert "clipped" in scale.describe()
    np.testing.assert_allclose(read_prediction(path, scale), np.clip(samples, 0, 1), atol=1e-6)


def test_the_overshoot_of_bicubic_enlargement_is_clipped(tmp_path):
    wide = np.zeros((32, 40), np.float32)
    wide[12:18], wide[11], wide[18] = 0.99, 0.3, 0.3
    enlarged = cv2.resize(wide, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    assert enlarged.min() < -0.01
    assert enlarged.max() > 1.02
    scale = recognize_scale([write_npy(tmp_path, "a", enlarged)])
    assert scale.name == "0–1"


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("highest", [99.5, 100, 60])
def test_percent_is_asked_for(tmp_path, dtype, highest):
    samples = draw_ramp(highest, dtype)
    path = write_npy(tmp_path, "a", samples)
    with pytest.raises(MaskError, match=r"scoring\.scale=100 for 0–100 or scoring\.scale=255"):
        recognize_scale([path])
    scale = recognize_scale([path], 100)
    assert scale.name == "0–100"
    np.testing.assert_allclose(read_prediction(path, scale), samples / 100, rtol=1e-6)


def test_two_unusual_levels_are_asked_for(tmp_path):
    path = write_png(tmp_path, "a", draw_line(38, np.uint8))
    with pytest.raises(MaskError, match=r"scoring\.scale=38 for masks of two levels"):
        recognize_scale([path])
    assert recognize_scale([path], 38).is_mask


@pytest.mark.parametrize(("highest", "dtype"), [(1023, np.uint16), (1e4, np.float32)])
def test_values_that_reach_no_half_of_a_scale_are_asked_for(tmp_path, highest, dtype):
    path = write_npy(tmp_path, "a", draw_ramp(highest, dtype))
    with pytest.raises(MaskError, match=r"scoring\.scale=65535"):
        recognize_scale([path])
    assert recognize_scale([path], highest).name == f"0–{highest:g}"


def test_values_above_every_scale_are_asked_for(tmp_path):
    with pytest.raises(MaskError, match="scale=<value>"):
        recognize_scale([write_npy(tmp_path, "a", draw_ramp(1e6))])


@pytest.mark.parametrize("choice", [0.5, 100])
def test_values_beyond_the_chosen_scale_are_refused(tmp_path, choice):
    path = write_npy(tmp_path, "a", draw_ramp(200))
    with pytest.raises(MaskError, match=rf"scoring\.scale={choice}; .*a\.npy"):
        recognize_scale([path], choice)


@pytest.mark.parametrize(
    ("lowest", "highest"), [(-6, 6), (-12, 0.5), (-3, -1), (-0.2, 0.2), (-40, 60)]
)
def test_scores_before_a_sigmoid_are_recognised(tmp_path, lowest, highest):
    path = write_npy(tmp_path, "scores", draw_ramp(highest, np.float32, lowest=lowest))
    other = write_npy(tmp_path, "other", draw_ramp(0.1, np.float32))
    with pytest.raises(MaskError, match=r"scores\.npy.*sigmoid"):
        recognize_scale([other, path])


def test_many_values_little_above_one_are_no_overshoot(tmp_path):
    path = write_npy(tmp_path, "a", draw_ramp(1.2, lowest=0.8))
    with pytest.raises(MaskError, match=r"scoring\.scale=1 for 0–1"):
        recognize_scale([path])
    assert recognize_scale([path], 1).name == "0–1"


def test_integers_and_floating_point_are_refused_together(tmp_path):
    ramp = draw_ramp(180, np.uint8)
    paths = [write_png(tmp_path, "a", ramp), write_npy(tmp_path, "b", ramp / np.float32(255))]
    with pytest.raises(MaskError, match=r"8-bit integers up to 180, floating point up to 0\.7"):
        recognize_scale(paths)


def test_8_bit_files_on_a_scale_of_16_bits_are_refused(tmp_path):
    paths = [
        write_png(tmp_path, "a", draw_ramp(180, np.uint8)),
        write_png(tmp_path, "b", draw_ramp(60_000, np.uint16)),
    ]
    with pytest.raises(MaskError, match="8-bit integers up to 180, longer integers up to 60000"):
        recognize_scale(paths)


@pytest.mark.parametrize(
    "colours", [[0, 0, 0, 128, 0, 0], [120, 120, 120, 6, 230, 230], [0, 0, 0, 255, 255, 255]]
)
@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_palettes_are_read_by_their_colours_as_true_masks_are(tmp_path, colours, suffix):
    picture = Image.fromarray(draw_line(1, np.uint8), "P")
    picture.putpalette(colours)
    path = tmp_path / f"a.{suffix}"
    picture.save(path)
    found = read_prediction(path, recognize_scale([path]))
    np.testing.assert_array_equal(found, draw_line(1, np.float32))
    np.testing.assert_array_equal(found, read_truth(path))


def test_a_palette_of_greys_is_a_map(tmp_path):
    picture = Image.fromarray(draw_ramp(250, np.uint8)).convert("P")
    picture.save(tmp_path / "a.png")
    assert recognize_scale([tmp_path / "a.png"]).name == "0–255"


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("value", [-1, 0])
def test_minus_one_and_one_get_advice_that_fits(tmp_path, dtype, value):
    signed = np.where(draw_line(1, np.uint8) > 0, 1, -1).astype(dtype)
    signed[0] = value
    path = write_npy(tmp_path, "a", signed)
    with pytest.raises(MaskError) as error:
        recognize_scale([path])
    assert "mask > 0" in error.value.remedy
    with pytest.raises(MaskError) as error:
        read_truth(path)
    assert "mask > 0" in error.value.remedy
    Image.fromarray(np.float32(signed)).save(tmp_path / "a.tif")
    with pytest.raises(MaskError) as error:
        read_truth(tmp_path / "a.tif")
    assert "mask > 0" in error.value.received


def test_a_prediction_of_several_pictures_is_refused(tmp_path):
    pages = [Image.fromarray(page) for page in (draw_line(0, np.uint8), draw_line(255, np.uint8))]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(ImageReadError, match="several pictures"):
        recognize_scale([tmp_path / "a.tif"])


def test_a_photo_is_no_truth(tmp_path):
    noise = np.random.default_rng(0).normal(128, 20, (64, 64)).clip(0, 255)
    with pytest.raises(MaskError, match="picture instead of a mask"):
        read_truth(write_png(tmp_path, "a", noise.astype(np.uint8)))
