"""The ``score`` pipeline: predictions of any program are measured like those of a model."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.score.nodes import score_predictions
from crack_pipeline.pipelines.wiring import make_node

_RESULTS = ("score_metrics", "score_report", "score_figures")


def create_pipeline() -> Pipeline:
    """Build the pipeline from two folders to ``score_metrics``."""
    return Pipeline([make_node(score_predictions, *_RESULTS, returns_dict=True)], tags="score")
