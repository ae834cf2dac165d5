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


def test_a_photo_of_two_levels_is_no_mask_of_itself_and_one_that_it_resembles_is():
    flat = np.where(CRACK > 0, 30, 170).astype(np.uint8)
    with pytest.raises(MaskError, match="it is its photo"):
        decode_mask(save(flat, "JPEG", quality=90), lightness=flat)
    bright = np.where(CRACK > 0, 200, 40).astype(np.uint8)
    assert decode_mask(save(CRACK, "JPEG", quality=90), lightness=bright).mask.any()
