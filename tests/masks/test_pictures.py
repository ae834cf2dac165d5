"""Masks however they were stored, and pictures that are none."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.reading import decode_mask

CRACK = np.zeros((120, 160), np.uint8)
cv2.polylines(CRACK, [np.int32([[8, 20], [60, 48], [90, 40], [150, 100]])], False, 255, 6)
NOISE = np.random.default_rng(0).normal(0, 12, CRACK.shape)
PHOTO = (150 + NOISE - CRACK * 0.3).clip(0, 255).astype(np.uint8)
COLOURED = np.dstack([PHOTO, PHOTO - 8, PHOTO // 2 + 40])


def save(pixels, kind="PNG", **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def blur(pixels, sigma):
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def resize(factor, how):
    return cv2.resize(CRACK, None, fx=factor, fy=factor, interpolation=how)


@pytest.mark.parametrize("quality", [30, 60, 95])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("stored", [CRACK, 255 - CRACK, np.dstack([CRACK] * 3)])
def test_masks_stored_with_loss_are_masks(kind, quality, stored):
    decoded = decode_mask(save(stored, kind, quality=quality))
    expected = (stored.reshape(*CRACK.shape, -1)[..., 0] > 127).astype(np.uint8)
    assert np.mean(decoded.mask != expected) < 0.01


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5, 2.0])
@pytest.mark.parametrize("how", [cv2.INTER_LINEAR, cv2.INTER_AREA, cv2.INTER_CUBIC, 4])
def test_resized_masks_are_masks(factor, how):
    resized = resize(factor, how)
    np.testing.assert_array_equal(decode_mask(save(resized)).mask, resized >= 128)


@pytest.mark.parametrize("sigma", [1, 2, 3])
def test_feathered_masks_are_masks(sigma):
    decoded = decode_mask(save(blur(CRACK, sigma)))
    assert decoded.mended == ("mask_thresholded",)
    assert 0.7 < decoded.mask.sum() / (CRACK > 0).sum() < 1.1


def test_lines_that_blurring_left_too_faint_are_refused_where_they_are_most():
    thin = np.zeros_like(CRACK)
    thin[20::20, 5:150] = 255
    thin[40:46, 5:60] = 255
    with pytest.raises(MaskError, match="mask too faint"):
        decode_mask(save(blur(thin, 1.1)))
    with pytest.raises(MaskError, match="without clear levels"):
        decode_mask(save(blur(thin[60:], 2)))


def test_lines_that_blurring_left_too_faint_are_doubted_where_they_are_many():
    several = CRACK.copy()
    several[110:112, 5:100] = 255
    several[5:7, 5:150] = 255
    assert "mask_faint_left_out" in decode_mask(save(blur(several, 2))).mended


def show_on_screen(picture, ground):
    screen = np.full((200, 280, 3), ground, np.uint8)
    screen[:16] = 255 - ground
    cv2.putText(screen, "File Edit", (4, 12), 0, 0.4, (ground,) * 3, 1, cv2.LINE_AA)
    screen[40:160, 60:220] = picture
    return screen


def lay_over(colour):
    half = (COLOURED // 2 + np.uint8(colour) // 2).astype(np.uint8)
    return np.where(CRACK[..., None] > 0, half, COLOURED)


def draw_heat(sigma):
    soft = blur(CRACK.astype(np.float32), sigma)
    return (soft / soft.max() * 255).astype(np.uint8)


PICTURES = {
    "photo": save(COLOURED),
    "photo.jpg": save(COLOURED, "JPEG", quality=60),
    "grey": save(PHOTO),
    "smooth": save(blur(PHOTO, 2)),
    "inverted": save(255 - PHOTO),
    "palette": save(COLOURED, "GIF"),
    "alpha": save(np.dstack([COLOURED, CRACK])),
    "bright": save((PHOTO + 90).astype(np.uint8)),
    "red": save(lay_over((255, 0, 0))),
    "red.jpg": save(lay_over((255, 0, 0)), "JPEG"),
    "white": save(lay_over((255, 255, 255))),
    "screen": save(show_on_screen(COLOURED, 32)),
    "light screen": save(show_on_screen(COLOURED, 250)),
    "mask on a screen": save(show_on_screen(np.dstack([CRACK] * 3), 110)),
    "noise": save(np.random.default_rng(1).integers(0, 256, CRACK.shape, np.uint8)),
    "ramp": save(np.tile(np.linspace(0, 255, 160).astype(np.uint8), (120, 1))),
    "heat": save(draw_heat(12)),
    "depth": save(cv2.distanceTransform(255 - CRACK, cv2.DIST_L2, 5).astype(np.uint8) * 3),
    "colours": save(cv2.applyColorMap(draw_heat(8), cv2.COLORMAP_JET)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_no_masks(name):
    with pytest.raises(MaskError):
        decode_mask(PICTURES[name])


@pytest.mark.parametrize("stored", [COLOURED, lay_over((255, 0, 0)), PHOTO[::2, ::2]])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photo_is_recognised_in_its_mask(stored, kind):
    with pytest.raises(MaskError, match="picture instead of a mask: it shows its photo"):
        decode_mask(save(stored, kind), lightness=PHOTO)


@pytest.mark.parametrize("level", [110, 128, 160])
@pytest.mark.parametrize("ground", [0, 255])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_masks_of_middle_levels_are_cut_between_both(level, ground, kind):
    stored = np.where(CRACK > 0, level, ground).astype(np.uint8)
    decoded = decode_mask(save(np.dstack([stored] * 3), kind))
    expected = (CRACK > 0) == (level > ground)
    assert np.mean(decoded.mask != expected) < 0.005


@pytest.mark.parametrize("levels", [(85, 255), (170, 255), (255, 128)])
def test_flat_areas_of_two_levels_are_classes_in_soft_and_lossy_files(levels):
    crack, spall = levels
    stored = (cv2.dilate(CRACK, np.ones((9, 9))) // 255 * crack).astype(np.uint8)
    stored[80:110, 20:60] = spall
    for data in (save(stored, "JPEG"), save(blur(stored, 0.8))):
        with pytest.raises(MaskError, match="several classes"):
            decode_mask(data)


@pytest.mark.parametrize("hues", [((255, 0, 0), (0, 255, 0)), ((0, 0, 255), (255, 255, 0))])
def test_two_hues_are_classes_in_a_lossy_file(hues):
    stored = np.zeros((*CRACK.shape, 3), np.uint8)
    stored[CRACK > 0], stored[80:110, 20:60] = hues
    with pytest.raises(MaskError, match="several classes"):
        decode_mask(save(stored, "JPEG"))


def test_red_on_white_has_one_reason_with_and_without_loss():
    stored = np.where(CRACK[..., None] > 0, np.uint8([255, 0, 0]), np.uint8(255))
    for kind in ("PNG", "JPEG"):
        with pytest.raises(MaskError, match="their brightness does not"):
            decode_mask(save(stored, kind))


@pytest.mark.parametrize("ground", [240, 255])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_screenshot_of_a_mask_is_no_mask(ground, kind):
    screen = np.full(CRACK.shape, ground, np.uint8)
    screen[16:106, 10:130] = cv2.resize(CRACK, (120, 90), interpolation=cv2.INTER_AREA)
    with pytest.raises(MaskError, match="as in a screenshot"):
        decode_mask(save(screen, kind))


def test_a_thin_bright_border_is_no_crack():
    bordered = cv2.copyMakeBorder(CRACK[4:-4, 4:-4], 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255)
    with pytest.raises(MaskError, match="as in a screenshot"):
        decode_mask(save(bordered))


def test_a_dark_corner_of_a_mask_is_no_window():
    wide = np.full(CRACK.shape, 255, np.uint8)
    wide[:60, :70] = 0
    assert decode_mask(save(wide)).mask.mean() > 0.5


def test_a_round_view_on_black_is_no_mask():
    inside = cv2.circle(np.zeros_like(PHOTO), (80, 60), 25, 1, -1)
    with pytest.raises(MaskError, match="picture instead of a mask"):
        decode_mask(save(COLOURED * inside[..., None], "JPEG", quality=90))


STRETCHED = (PHOTO * 4.0 - 300).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("stored", [COLOURED * (CRACK[..., None] // 255), STRETCHED])
def test_what_shows_its_photo_between_two_levels_is_no_mask(stored):
    with pytest.raises(MaskError):
        decode_mask(save(stored), lightness=PHOTO)


def test_the_mask_of_a_bright_crack_resembles_its_photo_and_is_one():
    bright = np.where(CRACK > 0, 200, 40).astype(np.uint8)
    assert decode_mask(save(CRACK, "JPEG", quality=90), lightness=bright).mask.any()
