from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.errors import ShapeError
from crack_pipeline.images.resizing import equalize
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.photo import (
    TilingSettings,
    blending_window,
    even_batch_size,
    predict_labels,
    predict_levels,
    predict_photo,
    prepare_input,
)
from crack_pipeline.prediction.views import list_views
from crack_pipeline.tiles.positions import tile_starts

tilings = st.builds(
    TilingSettings,
    tile_px=st.sampled_from([8, 13, 16]),
    overlap_px=st.integers(0, 7),
    batch_size=st.integers(1, 5),
)
sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))


def draw_photo(height_px: int, width_px: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)


def read_red(batch: np.ndarray) -> np.ndarray:
    """Stands in for a network: the red channel is the probability."""
    return batch[..., 0].astype(np.float32) / 255


def see_the_whole_tile(batch: np.ndarray) -> np.ndarray:
    """Stands in for a network whose answer for a pixel depends on where the tile lies."""
    mean = batch.mean(axis=(1, 2, 3), dtype=np.float32)[:, None, None]
    return (batch[..., 1] + mean).astype(np.float32) / np.float32(510)


@given(size=sizes, tiling=tilings)
def test_a_predictor_that_looks_at_its_pixel_gives_the_whole_channel(size, tiling):
    photo = draw_photo(*size)
    probability = predict_photo(photo, read_red, tiling)
    assert probability.shape == size
    assert probability.dtype == np.float32
    np.testing.assert_allclose(probability, photo[..., 0] / 255, atol=2e-6)


@given(size=sizes, tiling=tilings, value=st.floats(0, 1, width=32))
def test_a_constant_predictor_gives_a_constant(size, tiling, value):
    probability = predict_photo(
        draw_photo(*size), lambda batch: np.full(batch.shape[:3], value, np.float32), tiling
    )
    np.testing.assert_allclose(probability, value, atol=1e-6)
    assert probability.min() >= 0
    assert probability.max() <= 1


@given(size=sizes, tiling=tilings)
def test_strips_give_what_sums_over_the_whole_photo_give_to_the_last_bit(size, tiling):
    photo, side = draw_photo(*size), tiling.tile_px
    height_px, width_px = (max(length, side) for length in size)
    padded = np.pad(photo, ((0, height_px - size[0]), (0, width_px - size[1]), (0, 0)), "symmetric")
    weighted, weights = np.zeros((2, height_px, width_px), np.float32)
    for y in tile_starts(height_px, side, tiling.overlap_px):
        for x in tile_starts(width_px, side, tiling.overlap_px):
            place = slice(y, y + side), slice(x, x + side)
            weighted[place] += see_the_whole_tile(padded[None][:, *place])[0] * blending_window(
                side
            )
            weights[place] += blending_window(side)
    expected = np.clip(weighted / weights, 0, 1)[: size[0], : size[1]]
    assert (predict_photo(photo, see_the_whole_tile, tiling) == expected).all()


@given(
    size=sizes,
    tiling=tilings,
    views=st.sampled_from(["none", "flips", "dihedral", "zooms", "flips_zooms"]),
)
def test_levels_are_the_probabilities_rounded(size, tiling, views):
    photo, tiling = draw_photo(*size), replace(tiling, views=views)
    levels = predict_levels(photo, see_the_whole_tile, tiling)
    assert levels.dtype == np.uint16
    probability = predict_photo(photo, see_the_whole_tile, tiling)
    assert np.abs(levels - probability.astype(float) * 65535).max() < len(list_views(views))


@pytest.mark.parametrize("views", ["none", "flips", "dihedral", "zooms", "flips_zooms"])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_certain_pixels_stay_certain_in_levels(views, value):
    levels = predict_levels(
        draw_photo(41, 30),
        lambda batch: np.full(batch.shape[:3], value, np.float32),
        TilingSettings(16, 4, views=views),
    )
    assert set(np.unique(levels)) <= {int(value * 65535), round(value * 65535)}


def test_a_seam_between_tiles_that_disagree_is_smooth():
    def count_tiles(batch: np.ndarray) -> np.ndarray:
        left_edge = batch[:, 0, 0, 0] > 0
        return np.broadcast_to(left_edge[:, None, None], batch.shape[:3]).astype(np.float32)

    photo = np.zeros((64, 96, 3), np.uint8)
    photo[:, 32:] = 1  # the first tile says 0 everywhere, the second 1
    settings_ = TilingSettings(64, 32, batch_size=2)
    profile = predict_photo(photo, count_tiles, settings_)[32]
    assert profile[31] == 0
    assert profile[64] == 1
    assert np.diff(profile).max() < 0.06
    assert (np.diff(profile) >= 0).all()


def test_every_batch_has_one_size_and_no_more_than_asked():
    shapes = []

    def record(batch: np.ndarray) -> np.ndarray:
        shapes.append(batch.shape)
        return read_red(batch)

    predict_photo(draw_photo(40, 40), record, TilingSettings(16, 0, batch_size=4))
    assert shapes == [(3, 16, 16, 3)] * 3


@pytest.mark.parametrize(
    ("n_items", "most", "size"), [(6, 8, 6), (9, 8, 5), (16, 8, 8), (17, 8, 6), (1, 1, 1)]
)
def test_batches_are_even(n_items, most, size):
    assert even_batch_size(n_items, most) == size


def test_the_photo_is_equalized_before_it_is_cut():
    photo = draw_photo(20, 30) // 4
    tiling = TilingSettings(16, 4, equalization="global")
    expected = equalize(photo, "global")[..., 0] / 255
    np.testing.assert_allclose(predict_photo(photo, read_red, tiling), expected, atol=2e-6)


def test_the_photo_is_left_as_it_was():
    photo = draw_photo(20, 30)
    before = photo.copy()
    predict_photo(photo, read_red, TilingSettings(16, 4))
    assert (photo == before).all()


def test_refuses_a_model_of_another_output():
    with pytest.raises(ShapeError, match="one probability a pixel"):
        predict_photo(draw_photo(20, 20), lambda batch: np.zeros(len(batch)), TilingSettings(16, 4))


def test_window_is_symmetric_and_never_zero():
    window = blending_window(16)
    assert window.min() > 0
    assert window.max() <= 1
    np.testing.assert_allclose(window, window[::-1, ::-1], rtol=1e-6)
    np.testing.assert_allclose(window, window.T, rtol=1e-6)
    assert window[8, 8] == window.max()


def test_threshold_itself_is_crack():
    probability = np.array([[0.28, 0.29, 0.3]], np.float32)
    assert apply_threshold(probability, 0.29).tolist() == [[0, 1, 1]]


@given(threshold=st.floats(0, 1))
def test_levels_are_compared_with_the_threshold_as_probabilities_are(threshold):
    levels = np.arange(65536, dtype=np.uint16)[None]
    probability = levels / np.float32(65535)
    expected = apply_threshold(probability, threshold)
    assert (apply_threshold(levels, threshold) == expected).all()


def test_tiling_of_a_model():
    info = ModelInfo(task="segmentation", model="unet", tile_px=64, overlap_px=16, batch_size=4)
    assert TilingSettings.from_model_info(info) == TilingSettings(64, 16, "none", 4)


@pytest.mark.parametrize(("views", "n_calls"), [("none", 1), ("flips", 4), ("dihedral", 8)])
def test_views_are_turned_back(views, n_calls):
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    calls = []

    def repeat_red(batch: np.ndarray) -> np.ndarray:
        calls.append(batch.copy())
        return (batch[..., 0] / 255).astype(np.float32)

    settings = TilingSettings(32, 8, views=views)
    probability = predict_photo(image, repeat_red, settings)
    np.testing.assert_allclose(probability, image[..., 0] / 255, atol=1e-6)
    assert len(calls) == n_calls
    assert len({call.tobytes() for call in calls}) == n_calls


def test_views_of_a_photo_that_is_no_square():
    image = np.random.default_rng(0).integers(0, 256, (40, 70, 3), dtype=np.uint8)
    settings = TilingSettings(32, 8, views="dihedral")
    probability = predict_photo(
        image, lambda batch: (batch[..., 0] / 255).astype(np.float32), settings
    )
    np.testing.assert_allclose(probability, image[..., 0] / 255, atol=1e-6)


@given(size=st.tuples(st.integers(12, 60), st.integers(12, 60)))
def test_zoomed_views_come_back_to_their_place_in_the_photo(size):
    height_px, width_px = size
    photo = np.zeros((height_px, width_px, 3), np.uint8)
    photo[: height_px // 2, : width_px // 2] = 255
    tiling = TilingSettings(tile_px=16, overlap_px=4, views="flips_zooms")
    probability = predict_photo(photo, read_red, tiling)
    assert probability.shape == size
    far_from_edges = np.zeros(size, bool)
    far_from_edges[: height_px // 2 - 2, : width_px // 2 - 2] = True
    far_from_edges[height_px // 2 + 2 :] = far_from_edges[:, width_px // 2 + 2 :] = True
    np.testing.assert_allclose(
        probability[far_from_edges], photo[..., 0][far_from_edges] / 255, atol=0.01
    )


def test_a_zoomed_view_shows_a_tile_more_of_the_photo():
    seen = []

    def note_size(batch: np.ndarray) -> np.ndarray:
        seen.append(int((batch[0, 0] > 0).any(axis=-1).sum()))
        return read_red(batch)

    photo = np.zeros((64, 64, 3), np.uint8)
    photo[:, ::4] = 255  # 16 stripes; a tile of 48 px shows 12 of them, or all at 3/4
    predict_photo(photo, note_size, TilingSettings(48, 8, views="zooms", batch_size=1))
    assert len(seen) == 4 + 1


def draw_photos(n_photos: int) -> list[np.ndarray]:
    return [np.full((20 + k, 30, 3), 10 * k, np.uint8) for k in range(n_photos)]


def read_brightness(batch: np.ndarray) -> np.ndarray:
    return batch.mean(axis=(1, 2, 3)).astype(np.float32) / 255


@pytest.mark.parametrize("batch_size", [1, 3, 7, 10])
def test_gives_one_probability_a_photo_in_order(batch_size):
    settings = TilingSettings(16, batch_size=batch_size)
    probabilities = list(predict_labels(draw_photos(7), read_brightness, settings))
    assert probabilities == pytest.approx([10 * k / 255 for k in range(7)])


def test_every_batch_has_the_size_asked_for():
    shapes = []

    def record(batch: np.ndarray) -> np.ndarray:
        shapes.append(batch.shape)
        return read_brightness(batch)

    list(predict_labels(iter(draw_photos(5)), record, TilingSettings(16, batch_size=3)))
    assert shapes == [(3, 16, 16, 3)] * 2


def test_takes_no_more_photos_than_a_batch_ahead():
    taken = []

    def read_photos():
        for k, photo in enumerate(draw_photos(9)):
            taken.append(k)
            yield photo

    labels = predict_labels(read_photos(), read_brightness, TilingSettings(16, batch_size=2))
    next(labels)
    assert len(taken) == 2


def test_no_photos_give_no_probabilities():
    assert list(predict_labels([], read_brightness, TilingSettings(16))) == []


def test_photos_are_equalized_and_resized():
    photo = np.random.default_rng(0).integers(0, 90, (20, 30, 3), dtype=np.uint8)
    prepared = prepare_input(photo, TilingSettings(32, equalization="clahe"))
    assert prepared.shape == (32, 32, 3)
    plain = prepare_input(equalize(photo, "clahe"), TilingSettings(32))
    assert (prepared == plain).all()


def test_a_classifier_of_another_output_is_refused():
    with pytest.raises(ShapeError, match="one probability a photo"):
        list(
            predict_labels(
                draw_photos(1), lambda batch: np.zeros(batch.shape[:3]), TilingSettings(16)
            )
        )


@pytest.mark.parametrize(("views", "n_calls"), [("none", 1), ("flips", 4), ("dihedral", 8)])
def test_the_answers_for_all_views_are_averaged(views, n_calls):
    photo = np.zeros((16, 16, 3), np.uint8)
    photo[0, 0] = 255
    seen = []

    def see_the_upper_left_corner(batch: np.ndarray) -> np.ndarray:
        seen.append(batch.copy())
        return batch[:, 0, 0, 0].astype(np.float32) / 255

    settings = TilingSettings(16, batch_size=2, views=views)
    probabilities = list(predict_labels([photo, 255 - photo], see_the_upper_left_corner, settings))
    assert probabilities == pytest.approx({1: [1, 0]}.get(n_calls, [0.25, 0.75]))
    assert len(seen) == n_calls


def test_input_of_a_model():
    info = ModelInfo(task="classification", model="cnn", tile_px=128, batch_size=16)
    assert TilingSettings.from_model_info(info) == TilingSettings(128, batch_size=16)
