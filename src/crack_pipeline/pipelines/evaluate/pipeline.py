"""The ``evaluate`` pipeline: a trained model is measured beside a baseline, and written up."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.evaluate.nodes import (
    calibrate_measurement,
    choose_decision_threshold,
    evaluate_model,
    score_baseline,
)
from crack_pipeline.pipelines.report import make_report_node
from crack_pipeline.pipelines.wiring import make_node

_RESULTS = ("metrics", "evaluation_report", "prediction_sheet", "evaluation_figures")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``model`` and ``manifest`` to ``metrics`` and ``report``."""
    nodes = [
        make_node(score_baseline, "baseline_scores"),
        make_node(choose_decision_threshold, "decision", "threshold_curve"),
        make_node(evaluate_model, *_RESULTS, returns_dict=True),
        make_node(calibrate_measurement, "measurement"),
        make_report_node(),
    ]
    return Pipeline(nodes, tags=["evaluate", "attaches"])
