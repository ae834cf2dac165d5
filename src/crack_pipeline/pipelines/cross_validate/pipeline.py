"""The ``cross_validate`` pipeline: k trainings, and predictions by models that saw no answer."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.cross_validate.nodes import (
    show_cross_validation,
    train_folds,
)
from crack_pipeline.pipelines.trial_settings import make_gathering_node

_RESULTS = ("cross_validation_metrics", "cross_validation_report", "out_of_fold_predictions")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``cross_validation_metrics``.

    One node orchestrates all trainings: Kedro can neither branch nor loop.
    """
    return Pipeline(
        [
            make_gathering_node(),
            Node(
                train_folds,
                inputs=["manifest", "single_training", "params:cross_validate"],
                outputs={name: name for name in _RESULTS},
                name="train_folds",
                tags="trains",
            ),
            Node(
                show_cross_validation,
                inputs="cross_validation_report",
                outputs="cross_validation_figure",
                name="show_cross_validation",
            ),
        ],
        tags="cross_validate",
    )
