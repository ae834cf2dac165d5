"""The ``evaluate`` pipeline: a trained model is measured beside a baseline, and written up."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.evaluate.nodes import (
    choose_decision_threshold,
    evaluate_model,
    score_baseline,
)
from crack_pipeline.pipelines.report import make_report_node

_MODEL = {
    **{name: name for name in ("model", "model_info", "manifest")},
    **{name: f"params:{name}" for name in ("task", "evaluation", "dataset")},
}
_RESULTS = ("metrics", "evaluation_report", "prediction_sheet", "evaluation_figures")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``model`` and ``manifest`` to ``metrics`` and ``report``."""
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
                inputs=_MODEL,
                outputs=["decision", "threshold_curve"],
                name="choose_decision_threshold",
            ),
            Node(
                evaluate_model,
                inputs={
                    **_MODEL,
                    "decision": "decision",
                    "baseline_scores": "baseline_scores",
                },
                outputs={name: name for name in _RESULTS},
                name="evaluate_model",
            ),
            make_report_node(),
        ],
        tags=["evaluate", "attaches"],
    )
