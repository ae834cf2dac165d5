"""The ``explain`` pipeline: what a trained model looks at, and whether that is the crack."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.explain.nodes import (
    draw_explanations,
    explain_photos,
    score_explanations,
    show_network,
)
from crack_pipeline.pipelines.wiring import make_node

_SCORES = ("explanation_scores", "explanation_metrics", "explanation_report")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``model`` and ``evaluation_report`` to ``explanation_scores``."""
    nodes = [
        make_node(show_network, "network_figures"),
        make_node(explain_photos, "explained_photos"),
        make_node(score_explanations, *_SCORES, returns_dict=True),
        make_node(draw_explanations, "explanation_sheet"),
    ]
    return Pipeline(nodes, tags=["explain", "attaches"])
