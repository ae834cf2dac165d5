"""The ``review`` pipeline: which masks and labels a human should look at."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.review.nodes import (
    judge_predictions,
    list_doubtful,
    measure_masks,
    rank_doubtful,
    show_doubtful,
    summarize_review,
)


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to the table, the sheets and the report."""
    return Pipeline(
        [
            Node(
                measure_masks,
                inputs=["manifest", "params:review"],
                outputs="pair_features",
                name="measure_masks",
            ),
            Node(
                judge_predictions,
                inputs=["manifest", "params:review"],
                outputs="prediction_findings",
                name="judge_predictions",
            ),
            Node(
                rank_doubtful,
                inputs=["pair_features", "prediction_findings"],
                outputs="doubtful_photos",
                name="rank_doubtful",
            ),
            Node(
                list_doubtful,
                inputs=["doubtful_photos", "manifest", "params:review"],
                outputs="review_table",
                name="list_doubtful",
            ),
            Node(
                show_doubtful,
                inputs=["doubtful_photos", "review_table", "manifest", "params:dataset"],
                outputs="review_sheets",
                name="show_doubtful",
            ),
            Node(
                summarize_review,
                inputs=[
                    "doubtful_photos",
                    "pair_features",
                    "prediction_findings",
                    "params:review",
                ],
                outputs="review_report",
                name="summarize_review",
            ),
        ],
        tags="review",
    )
