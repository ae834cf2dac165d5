"""The ``leakage`` pipeline: the same models on a random and on a group-safe split."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.leakage.nodes import (
    compare_random_split,
    show_leakage,
)
from crack_pipeline.pipelines.trial_settings import make_gathering_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``leakage_metrics``.

    One node orchestrates all trainings: Kedro can neither branch nor loop.
    """
    return Pipeline(
        [
            make_gathering_node(),
            Node(
                compare_random_split,
                inputs=["manifest", "single_training", "params:leakage"],
                outputs={
                    "leakage_metrics": "leakage_metrics",
                    "leakage_report": "leakage_report",
                },
                name="compare_random_split",
                tags="trains",
            ),
            Node(
                show_leakage,
                inputs="leakage_report",
                outputs="leakage_figure",
                name="show_leakage",
            ),
        ],
        tags="leakage",
    )
