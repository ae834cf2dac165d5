import io

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.channels import require_one_colour
from crack_pipeline.masks.settings import RepairSettings

BLACK, WHITE, RED, GREEN = (0, 0, 0), (255, 255, 255), (255, 0, 0), (0, 255, 0)
SETTINGS = RepairSettings()


def paint(share: np.ndarray, crack, ground=BLACK) -> np.ndarray:
    """A coloured picture of a mask of [0, 1]; between them colours blend."""
    share = share[..., None].astype(np.float64)
    return np.rint(share * np.array(crack) + (1 - share) * np.array(ground)).astype(np.uint8)


def add_second(colours: np.ndarray, colour, n_rows: int = 6) -> np.ndarray:
    colours = colours.copy()
    colours[:n_rows, :60] = colour
    return colours


@pytest.mark.parametrize(
    ("crack", "ground"),
    [(WHITE, BLACK), (RED, BLACK), ((128, 0, 0), BLACK), ((1, 0, 0), BLACK), ((0, 0, 90), WHITE)],
)
def test_one_colour_on_another_is_a_mask(crack_pair, crack, ground):
    mask = crack_pair[1]
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1)
    reduced = cv2.resize(mask.astype(np.float32), (60, 40), interpolation=cv2.INTER_AREA)
    for share in (mask, soft, reduced, np.zeros((5, 5))):
        require_one_colour(paint(share, crack, ground), SETTINGS)


@pytest.mark.parametrize(
    ("crack", "other", "ground"),
    [
        (RED, GREEN, BLACK),
        (WHITE, RED, BLACK),
        (RED, GREEN, WHITE),
        (BLACK, RED, WHITE),
        ((128, 0, 0), (0, 128, 0), BLACK),
        ((128, 0, 0), (224, 224, 192), BLACK),
        ((1, 0, 0), (0, 1, 0), BLACK),
    ],
)
def test_a_third_colour_is_a_class(crack_pair, crack, other, ground):
    colours = add_second(paint(crack_pair[1], crack, ground), other)
    with pytest.raises(MaskError, match=r"mask of several classes: colours #.* \(360 px\)"):
        require_one_colour(colours, SETTINGS)


def test_soft_edges_hide_no_class(crack_pair):
    colours = add_second(paint(crack_pair[1], RED), GREEN)
    soft = cv2.GaussianBlur(colours, (0, 0), 0.7)
    assert len(np.unique(soft.reshape(-1, 3), axis=0)) > 16
    with pytest.raises(MaskError, match="several classes"):
        require_one_colour(soft, SETTINGS)


def test_few_pixels_of_a_third_colour_are_stray(crack_pair):
    colours = paint(crack_pair[1], RED)
    colours[0, :20] = GREEN
    require_one_colour(colours, SETTINGS)
    with pytest.raises(MaskError, match="several classes"):
        require_one_colour(colours, RepairSettings(max_stray_share=0.01))


def test_shades_of_one_colour_are_left_to_the_levels(crack_pair):
    require_one_colour(add_second(paint(crack_pair[1], RED), (100, 0, 0)), SETTINGS)


@pytest.mark.parametrize("ground", [WHITE, (0, 255, 0)])
def test_colours_of_one_brightness_are_refused_though_a_pixel_is_darker(crack_pair, ground):
    colours = paint(crack_pair[1], RED, ground)
    colours[0, 0] = BLACK
    with pytest.raises(MaskError, match="their brightness does not"):
        require_one_colour(colours, SETTINGS)


@pytest.mark.parametrize("quality", [50, 75, 95])
def test_noise_of_a_former_jpeg_is_no_class(crack_pair, quality):
    buffer = io.BytesIO()
    Image.fromarray(paint(crack_pair[1], RED)).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as stored:
        require_one_colour(np.asarray(stored), SETTINGS)
