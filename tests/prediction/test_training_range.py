import numpy as np
import pytest

from crack_pipeline.images.appearance import Appearance
from crack_pipeline.prediction.training_range import Look, TrainingRange, fit_training_range


def make_look(rng, *, detail=0.0, light=0.6, blockiness=0.1, features=0.0):
    shaken = Appearance(
        detail + rng.normal(0, 1, 3), light + rng.normal(0, 0.02), blockiness + rng.normal(0, 0.05)
    )
    return Look(shaken, features + rng.normal(0, 1, 8))


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    looks = [make_look(rng) for _ in range(300)]
    return fit_training_range(looks, [str(number // 3) for number in range(300)])


def test_photos_of_the_same_kind_are_rarely_beyond(fitted):
    rng = np.random.default_rng(1)
    beyond = [bool(fitted.list_unlike(make_look(rng))) for _ in range(400)]
    assert np.mean(beyond) <= 0.1


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"detail": 6.0}, "detail"),
        ({"light": 0.3}, "dark"),
        ({"light": 0.9}, "bright"),
        ({"blockiness": 0.8}, "compressed"),
        ({"features": 5.0}, "features"),
    ],
)
def test_what_is_unlike_is_named(fitted, change, aspect):
    look = make_look(np.random.default_rng(5), **change)
    assert fitted.list_unlike(make_look(np.random.default_rng(5))) == []
    assert fitted.list_unlike(look) == [aspect]


def test_the_record_is_read_as_it_was_written(fitted):
    again = TrainingRange.model_validate(fitted.model_dump(mode="json"))
    assert again == fitted
    assert again.photos == 300


def test_the_first_size_that_fits_is_chosen_and_else_the_clearly_nearest(fitted):
    away = {1.0: 50.0, 0.5: 20.0, 0.25: 0.0, 0.125: 0.0, 2.0: 50.0}
    assert fitted.choose_zoom(lambda zoom: np.full(3, away[zoom])) == 0.25
    assert fitted.choose_zoom(lambda zoom: np.full(3, 0.0)) == 1.0
    far = {1.0: 50.0, 0.5: 45.0, 0.25: 40.0, 0.125: 20.0, 2.0: 60.0}
    assert fitted.choose_zoom(lambda zoom: np.full(3, far[zoom])) == 0.125
    assert fitted.choose_zoom(lambda zoom: np.full(3, 40.0 if zoom == 0.5 else 50.0)) == 1.0


def test_without_features_the_rest_is_judged():
    rng = np.random.default_rng(0)
    looks = [Look(make_look(rng).appearance) for _ in range(20)]
    found = fit_training_range(looks, ["a"] * 20)
    assert found.features is None
    assert "features" not in found.limits
