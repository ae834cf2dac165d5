"""The ``report`` pipeline: the page about a measured model, with its explanations."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.report.nodes import write_report

_MEASURED = (
    *("metrics", "evaluation_report", "model_info", "decision", "manifest"),
    *("threshold_curve", "prediction_sheet", "evaluation_figures"),
)
_EXPLAINED = ("explanation_report", "explanation_scores", "explanation_sheet", "network_figures")


def make_report_node(*optional: str) -> Node:
    """Make the node that writes the page.

    Args:
        *optional: Further inputs, which may be missing.

    Returns:
        The node; ``evaluate`` ends with it.
    """
    return Node(
        write_report,
        inputs={
            **{name: name for name in (*_MEASURED, *optional)},
            "task": "params:task",
            "dataset": "params:dataset",
        },
        outputs="report",
        name="write_report",
        tags="report",
    )


def create_pipeline() -> Pipeline:
    """Build the pipeline that writes the page anew, with what ``explain`` has left."""
    return Pipeline([make_report_node(*_EXPLAINED)], tags="attaches")
