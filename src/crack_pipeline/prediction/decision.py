"""The decision threshold of a model, with the views it was chosen under: ``decision.json``."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from crack_pipeline.errors import ParameterError
from crack_pipeline.metrics.calibration import Temperature
from crack_pipeline.metrics.curves import ChosenThreshold
from crack_pipeline.prediction.model_info import (
    EVALUATE_FIRST,
    ModelInfo,
    list_differences,
    read_record,
    require_own,
)
from crack_pipeline.prediction.views import MaskViews


class Decision(BaseModel):
    """From which probability on there is a crack; unknown keys are ignored.

    Attributes:
        threshold: Crack is where the probability is at least this.
        chosen_by: Rule of the choice, in words.
        peak_threshold: Threshold of the highest F1 where the rule took another one on purpose.
        note: Why the choice means little; empty if nothing speaks against it.
        temperature: Divisor of the logits that calibrates the probabilities; 1 changes nothing.
        temperature_note: Why the temperature means little; empty if nothing speaks against it.
        log_loss: Mean negative log likelihood on validation.
        log_loss_after_temperature: The same after the temperature.
        views: Test-time views that the threshold was chosen under; None in files written before
            they were noted.
        task: Task of the model.
        model: Name of the model's architecture.
        run_id: MLflow run of the model's training.
        training_id: Identifier of the model's training.
        manifest_digest: Digest of the manifest of the validation photos.
        weights_digest: Digest of the model's weights.
        metrics: Validation metrics at the threshold.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    threshold: float = Field(ge=0, le=1)
    chosen_by: str = ""
    peak_threshold: float | None = None
    note: str = ""
    temperature: float = Field(1.0, gt=0, allow_inf_nan=False)
    temperature_note: str = ""
    log_loss: float | None = None
    log_loss_after_temperature: float | None = None
    views: MaskViews | None = None
    task: str | None = None
    model: str | None = None
    run_id: str | None = None
    training_id: str | None = None
    manifest_digest: str | None = None
    weights_digest: str | None = None
    metrics: dict[str, int | float] = {}


def describe_decision(
    choice: ChosenThreshold,
    metrics: Mapping[str, float],
    info: ModelInfo,
    *,
    rule: str,
    temperature: Temperature,
    views: MaskViews,
) -> Decision:
    """Write down a threshold with what it belongs to.

    Args:
        choice: The threshold.
        metrics: Validation metrics at it.
        info: The model that it was chosen for.
        rule: How it was chosen, in words.
        temperature: Calibrates the probabilities.
        views: Test-time views that the validation photos were predicted under.

    Returns:
        The decision.
    """
    return Decision(
        threshold=choice.threshold,
        chosen_by=rule,
        peak_threshold=choice.peak_threshold,
        note=choice.note,
        temperature=temperature.value,
        temperature_note=temperature.note,
        log_loss=temperature.loss_before,
        log_loss_after_temperature=temperature.loss_after,
        views=views,
        **info.identity,
        metrics=dict(metrics),
    )


def read_decision(content: Mapping[str, Any], info: ModelInfo) -> Decision:
    """Check the content of ``decision.json``.

    Args:
        content: The content.
        info: The model that it must belong to.

    Returns:
        The typed decision.

    Raises:
        ParameterError: If a key is missing or wrong, or the decision is of another model.
    """
    rule = "`decision` must hold the threshold of the model."
    decision = read_record(Decision, content, rule=rule, remedy=EVALUATE_FIRST)
    different = list_differences(info, decision.model_dump(), was="evaluated")
    if decision.run_id != info.run_id and None in (decision.run_id, info.run_id):
        different.append(f"run_id {decision.run_id} evaluated, {info.run_id} trained")
    require_own("decision", different)
    return decision


def require_own_evaluation(report: Mapping[str, Any], info: ModelInfo) -> None:
    """Check that an evaluation is one of this model.

    Args:
        report: Content of ``evaluation_report.json``.
        info: The model.

    Raises:
        ParameterError: If another model was evaluated.
    """
    different = list_differences(info, report.get("decision") or {}, was="evaluated")
    require_own("evaluation_report", different)


def require_views(decision: Decision) -> MaskViews:
    """Views that a threshold was chosen under.

    Raises:
        ParameterError: If the decision was written before views were noted.
    """
    if decision.views is None:
        raise ParameterError(
            "`decision` must name the test-time views that its threshold was chosen under.",
            received=f"threshold {decision.threshold:.3g} without views, of an earlier version",
            remedy=EVALUATE_FIRST,
        )
    return decision.views
