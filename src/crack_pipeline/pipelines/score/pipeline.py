"""The ``score`` pipeline: predictions of any program are measured like those of a model."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.score.nodes import score_predictions

_RESULTS = ("score_metrics", "score_report", "score_figures")


def create_pipeline() -> Pipeline:
    """Build the pipeline from two folders to ``score_metrics``."""
    return Pipeline(
        [
            Node(
                score_predictions,
                inputs=["params:scoring", "params:evaluation"],
                outputs={name: name for name in _RESULTS},
                name="score_predictions",
            )
        ],
        tags=["score"],
    )
