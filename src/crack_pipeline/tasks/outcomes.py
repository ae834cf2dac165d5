"""Input and outcome of an evaluation, whatever the task, and the cost of test-time views."""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.errors import ManifestError
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.views import MaskViews
from crack_pipeline.types import RgbImage, Split
from crack_pipeline.wording.phrases import count_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A model and the photos that it is measured on.

    Attributes:
        bundle: The model.
        manifest: The photos, validated.
        dataset: Name of the data set, for titles.
    """

    bundle: ModelBundle
    manifest: pd.DataFrame
    dataset: str

    @property
    def info(self) -> ModelInfo:
        """Facts of the model's training."""
        return self.bundle.info

    @property
    def decision(self) -> Decision:
        """Decision of the model.

        Raises:
            ParameterError: If there is none.
        """
        return self.bundle.require_decision()

    def under(self, views: MaskViews) -> "Subject":
        """The same subject under other test-time views, without a decision."""
        return replace(self, bundle=self.bundle.under(views))

    def decided(self, decision: Decision) -> "Subject":
        """The same subject with a decision, under its views."""
        return replace(self, bundle=self.bundle.decided(decision))

    def title(self, what: str, split: Split, n_photos: int) -> str:
        """Line above a figure: what is shown of how many photos; its folder names the model."""
        return f"{what}, {count_of(n_photos, f'{split} photo')}"


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All that an evaluation leaves behind.

    Attributes:
        metrics: Flat, ``<split>_<metric>_<aggregation>`` → number.
        report: JSON-ready details: one entry a photo, and the baseline.
        figures: Figures by name, those that say something of the task and of these photos.
    """

    metrics: dict[str, float]
    report: dict[str, Any]
    figures: dict[str, Figure]


def require_same_manifest(info: ModelInfo, manifest: pd.DataFrame) -> None:
    """Check that a model is measured with the splits that it was trained with.

    With other splits a test photo may be one that the model learnt from.

    Args:
        info: What training wrote beside the model.
        manifest: The photos that are about to be measured on.

    Raises:
        ManifestError: If the model was trained with another manifest.
    """
    digest = digest_manifest(manifest)
    if info.manifest_digest not in (None, digest):
        raise ManifestError(
            "A model must be evaluated with the manifest that it was trained with.",
            received=f"manifest {digest[:12]}, model trained with {info.manifest_digest[:12]}",
            remedy="Run `kedro run --pipeline=train`, or ingest with the parameters of that time.",
        )


def warn_of_other_views(bundle: ModelBundle, settings: Any) -> None:
    """Say that a model is measured under the views of its decision, if the settings name others.

    Args:
        bundle: The model with its decision.
        settings: How to measure; those of a task without test-time views have none.
    """
    wanted = getattr(settings, "test_time_augmentation", bundle.views)
    if bundle.views != wanted:
        logger.warning(
            "The threshold was chosen under the test-time views %r, so the model predicts under "
            "these; the parameters name %r. To choose a threshold under them, run "
            "`kedro run --pipeline=evaluate`.",
            bundle.views,
            wanted,
        )


def time_views(bundle: ModelBundle, paths: Iterable[str]) -> dict[str, float | str]:
    """Time the prediction of a few photos under the views of a model and under one view.

    Args:
        bundle: The model.
        paths: Of the photos.

    Returns:
        JSON-ready: seconds per photo with and without the views, and their ratio as
        ``tta_cost_ratio``. They differ from run to run, so they belong into no file that must not.
    """
    images = [read_image(Path(path)) for path in paths]
    seconds, plain = (_seconds_a_photo(one, images) for one in (bundle, bundle.under("none")))
    return {
        "views": bundle.views,
        "seconds_a_photo": seconds,
        "seconds_a_photo_without": plain,
        "tta_cost_ratio": seconds / plain,
    }


def format_cost(cost: dict[str, float | str]) -> str:
    """One line of text for what ``time_views`` gave."""
    return (
        f"Test-time augmentation ({cost['views']}) takes {cost['tta_cost_ratio']:.1f} times as "
        f"long: {cost['seconds_a_photo']:.3g} s a photo instead of "
        f"{cost['seconds_a_photo_without']:.3g} s"
    )


def _seconds_a_photo(bundle: ModelBundle, images: Sequence[RgbImage]) -> float:
    list(bundle.predict_each(images))  # the network is traced once for each new size of a batch
    started = time.perf_counter()
    list(bundle.predict_each(images))
    return (time.perf_counter() - started) / len(images)
