"""What goes into an evaluation and what comes out of it, whatever the task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.errors import ManifestError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.metrics.calibration import Temperature
from crack_pipeline.metrics.curves import ChosenThreshold
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.prediction.photo import PredictBatch
from crack_pipeline.types import Split


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A model and the photos that it is measured on.

    Attributes:
        predict_batch: The model as a function.
        info: What training wrote beside it.
        manifest: The photos, validated.
        dataset: Name of the data set, for titles.
    """

    predict_batch: PredictBatch
    info: ModelInfo
    manifest: pd.DataFrame
    dataset: str

    def title(self, what: str, split: Split, n_photos: int) -> str:
        """Two lines above a figure: what is shown; data set, split, size and model."""
        return f"{what}\n{self.dataset}, {split}, {n_photos} photos · {self.info.model}"


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


def describe_decision(
    choice: ChosenThreshold,
    metrics: Mapping[str, float],
    info: ModelInfo,
    *,
    rule: str,
    temperature: Temperature,
) -> dict[str, Any]:
    """Write down a threshold with what it belongs to.

    Args:
        choice: The threshold.
        metrics: Validation metrics at it.
        info: The model that it was chosen for.
        rule: How it was chosen, in words.
        temperature: What makes the probabilities calibrated.

    Returns:
        JSON-ready; whoever decides needs ``threshold`` alone, whoever shows probabilities divides
        their logits by ``temperature``.
    """
    return {
        "threshold": choice.threshold,
        "chosen_by": rule,
        "peak_threshold": choice.peak_threshold,
        "note": choice.note,
        "temperature": temperature.value,
        "temperature_note": temperature.note,
        "log_loss": temperature.loss_before,
        "log_loss_after_temperature": temperature.loss_after,
        "task": info.task,
        "model": info.model,
        "run_id": info.run_id,
        "manifest_digest": info.manifest_digest,
        "metrics": dict(metrics),
    }


def read_temperature(decision: Mapping[str, Any]) -> float:
    """Temperature of a decision.

    Args:
        decision: From ``describe_decision``, or of an earlier version that had none.

    Returns:
        T > 0; 1, which changes nothing, where none was fitted.
    """
    return float(decision.get("temperature") or 1.0)


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
