"""The ``evaluate`` pipeline: a trained model is measured beside a baseline."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.evaluate.nodes import (
    choose_decision_threshold,
    evaluate_model,
    score_baseline,
)

_SUBJECT = {
    "model": "model",
    "model_info": "model_info",
    "manifest": "manifest",
    "task": "params:task",
    "evaluation": "params:evaluation",
    "dataset": "params:dataset",
}
_RESULTS = (
    "metrics",
    "evaluation_report",
    "precision_recall_curve",
    "roc_curve",
    "confusion_matrix",
    "prediction_sheet",
    "headline",
    "strata",
    "detection",
    "reliability",
    "risk_coverage",
)


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``model`` and ``manifest`` to ``metrics``."""
    return Pipeline(
        [
            Node(
                score_baseline,
                inputs=["manifest", "params:task", "params:evaluation"],
                outputs="baseline_scores",
                name="score_baseline",
            ),
            Node(
                choose_decision_threshold,
                inputs=_SUBJECT,
                outputs=["decision", "threshold_curve"],
                name="choose_decision_threshold",
            ),
            Node(
                evaluate_model,
                inputs={
                    **_SUBJECT,
                    "decision": "decision",
                    "baseline_scores": "baseline_scores",
                },
                outputs={name: name for name in _RESULTS},
                name="evaluate_model",
            ),
        ],
        tags=["evaluate", "attaches"],
    )
