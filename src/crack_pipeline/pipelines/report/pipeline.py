"""The ``report`` pipeline: the page about a measured model, with its explanations."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.report.nodes import write_report
from crack_pipeline.pipelines.wiring import make_node


def make_report_node(*, is_explained: bool = False) -> Node:
    """Make the node that writes the page; ``evaluate`` ends with it.

    Args:
        is_explained: Whether it reads explanations too, which may be missing.
    """
    return make_node(write_report, "report", with_defaults=is_explained, tags="report")


def create_pipeline() -> Pipeline:
    """Build the pipeline that writes the page anew, with what ``explain`` has left."""
    return Pipeline([make_report_node(is_explained=True)], tags="attaches")
