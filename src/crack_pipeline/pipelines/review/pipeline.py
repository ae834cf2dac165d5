"""The ``review`` pipeline: which masks and labels a human should look at."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.review.nodes import (
    judge_predictions,
    list_doubtful,
    measure_masks,
    rank_doubtful,
    show_doubtful,
    summarize_review,
)
from crack_pipeline.pipelines.wiring import make_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to the table, the sheets and the report."""
    nodes = [
        make_node(measure_masks, "pair_features"),
        make_node(judge_predictions, "prediction_findings"),
        make_node(rank_doubtful, "doubtful_photos"),
        make_node(list_doubtful, "review_table"),
        make_node(show_doubtful, "review_sheets"),
        make_node(summarize_review, "review_report"),
    ]
    return Pipeline(nodes, tags="review")
