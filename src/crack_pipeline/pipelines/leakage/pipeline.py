"""The ``leakage`` pipeline: the same models on a random and on a group-safe split."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.leakage.nodes import (
    compare_random_split,
    set_up_comparison,
    show_leakage,
)


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``leakage_metrics``.

    One node orchestrates all trainings: Kedro can neither branch nor loop.
    """
    parameters = (
        "task",
        "dataset",
        "preprocessing",
        "augmentation",
        "model",
        "training",
        "evaluation",
        "leakage",
    )
    return Pipeline(
        [
            Node(
                set_up_comparison,
                inputs={name: f"params:{name}" for name in parameters},
                outputs="comparison_settings",
                name="set_up_comparison",
            ),
            Node(
                compare_random_split,
                inputs=["manifest", "comparison_settings", "params:leakage"],
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
