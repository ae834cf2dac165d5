"""A third task, complete: which share of a photo is dark. See docs/how_to/add_a_task.md."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.task_specs import TaskSpec
from crack_pipeline.tasks.outcomes import Evaluation, Subject
from crack_pipeline.tiles.settings import ResizeSettings
from crack_pipeline.training.recipe import TrainingRecipe
from crack_pipeline.types import RgbImage, Split
from crack_pipeline.wording.scores import Score

DARK_BELOW = 128


class BrightnessInput(ResizeSettings):
    """The whole photo, made small."""

    tile_px: int = Field(32, ge=32, le=64, multiple_of=32)


class BrightnessModel(BaseModel):
    """A network of one convolution."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal["one_layer"] = "one_layer"
    filters: int = Field(4, ge=1, le=64)
    weights: None = None


class BrightnessRecipe(TrainingRecipe):
    """A short training, watched by its loss: there is no F1."""

    monitor: Literal["val_f1", "val_loss"] = "val_loss"
    epochs: int = Field(4, ge=1)
    steps_per_epoch: int | None = Field(25, ge=1)
    learning_rate: float = Field(0.1, gt=0, le=1)
    tensorboard: bool = False


class BrightnessEvaluation(BaseModel):
    """How far off a share may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allowed_error: float = Field(0.1, gt=0, le=1)


def build_network(settings: BrightnessModel, *, input_px: int) -> keras.Model:
    """Grey levels, how dark each is, and their mean."""
    inputs = keras.Input((input_px, input_px, 3))
    grey = keras.layers.Rescaling(1 / 255)(inputs)
    dark = keras.layers.Conv2D(settings.filters, 1, activation="sigmoid")(grey)
    means = keras.layers.GlobalAveragePooling2D()(dark)
    outputs = keras.layers.Dense(1, activation="sigmoid", dtype="float32")(means)
    return keras.Model(inputs, outputs, name=settings.name)


def make_targets(tiles: NDArray[np.uint8], _masks: object) -> NDArray[np.float32]:
    """The share that is dark, of the tiles as augmentation left them."""
    dark = tiles.mean(axis=-1) < DARK_BELOW
    return dark.mean(axis=(1, 2), dtype=np.float32)[:, None]


def build_loss(_recipe: BrightnessRecipe) -> keras.losses.Loss:
    """Squared error."""
    return keras.losses.MeanSquaredError()


def list_fit_metrics() -> list[keras.metrics.Metric]:
    """Absolute error."""
    return [keras.metrics.MeanAbsoluteError(name="mae")]


def decode(bundle: ModelBundle, photos: Iterable[RgbImage]) -> Iterator[float]:
    """Percent of the photo that is dark."""
    yield from (100.0 * share for share in bundle.predict_labels(photos))


def score_baseline(manifest: pd.DataFrame, _settings: BrightnessEvaluation) -> dict[str, Any]:
    """The mean share of the train photos, for every photo."""
    guess = float(np.mean(_truth(manifest, "train")))
    error = float(np.abs(_truth(manifest, "test") - guess).mean())
    return {"name": "mean", "guess": guess, "metrics": {"test_baseline_mae": error}}


def choose_decision(subject: Subject, _settings: BrightnessEvaluation) -> tuple[Decision, Figure]:
    """A photo that is half dark is dark."""
    error = float(
        np.abs(_predict(subject, "validation") - _truth(subject.manifest, "validation")).mean()
    )
    decision = Decision(
        threshold=0.5,
        chosen_by="half of the photo",
        views="none",
        metrics={"validation_mae": error},
        **subject.info.identity,
    )
    return decision, _draw(subject, "validation")


def evaluate(
    subject: Subject, baseline: dict[str, Any], settings: BrightnessEvaluation
) -> Evaluation:
    """The mean error, and how many photos are near enough."""
    errors = np.abs(_predict(subject, "test") - _truth(subject.manifest, "test"))
    mae, near = float(errors.mean()), float((errors <= settings.allowed_error).mean())
    return Evaluation(
        metrics={
            **subject.decision.metrics,
            "test_mae": mae,
            "test_near_enough": near,
            **baseline["metrics"],
        },
        report={
            "decision": subject.decision.model_dump(),
            "baseline": baseline,
            "headline": [
                Score("mae", "mean absolute error", mae).to_json(),
                Score("near_enough", "near enough", near).to_json(),
            ],
        },
        figures={"prediction_sheet": _draw(subject, "test")},
    )


def _predict(subject: Subject, split: Split) -> NDArray[np.float64]:
    photos = (read_image(Path(path)) for path in _paths(subject.manifest, split))
    return np.array(list(subject.bundle.predict_each(photos))) / 100.0


def _truth(manifest: pd.DataFrame, split: Split) -> NDArray[np.float64]:
    photos = [read_image(Path(path)) for path in _paths(manifest, split)]
    return np.array([(photo.mean(axis=-1) < DARK_BELOW).mean() for photo in photos])


def _paths(manifest: pd.DataFrame, split: Split) -> list[str]:
    return list(usable_rows(manifest, split)["image_path"])


def _draw(subject: Subject, split: Split) -> Figure:
    figure = Figure()
    figure.subplots().plot(_truth(subject.manifest, split), _predict(subject, split), "o")
    return figure


BRIGHTNESS = TaskSpec(
    name="brightness",
    truth="photos",
    use="says how dark photos are",
    unit="photos",
    settings={
        "preprocessing": BrightnessInput,
        "augmentation": AugmentationPolicy,
        "model": BrightnessModel,
        "training": BrightnessRecipe,
        "evaluation": BrightnessEvaluation,
    },
    network=build_network,
    targets=make_targets,
    loss=build_loss,
    fit_metrics=list_fit_metrics,
    decode=decode,
    score_baseline=score_baseline,
    choose_decision=choose_decision,
    evaluate=evaluate,
)
