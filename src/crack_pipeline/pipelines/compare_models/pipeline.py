"""The ``compare_models`` pipeline: several networks or losses under one budget."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.compare_models.nodes import show_comparison, train_candidates
from crack_pipeline.pipelines.trial_settings import make_gathering_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``model_comparison``.

    One node orchestrates all trainings: Kedro can neither branch nor loop.
    """
    return Pipeline(
        [
            make_gathering_node(),
            Node(
                train_candidates,
                inputs=["manifest", "single_training", "params:compare_models"],
                outputs={
                    "model_comparison": "model_comparison",
                    "model_comparison_report": "model_comparison_report",
                },
                name="train_candidates",
                tags="trains",
            ),
            Node(
                show_comparison,
                inputs="model_comparison_report",
                outputs="model_comparison_figure",
                name="show_comparison",
            ),
        ],
        tags="compare_models",
    )
