import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.images.resizing import equalize
from crack_pipeline.prediction.label import predict_labels, prepare_input
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.photo import TilingSettings


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


def test_refuses_a_model_of_another_output():
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
