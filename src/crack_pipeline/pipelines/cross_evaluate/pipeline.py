"""The ``cross_evaluate`` pipeline: one trained model on several data sets."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.cross_evaluate.nodes import cross_evaluate_model

_RESULTS = ("cross_evaluation", "cross_evaluation_table", "cross_evaluation_matrix")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``model`` and manifests to ``cross_evaluation``."""
    return Pipeline(
        [
            Node(
                cross_evaluate_model,
                inputs={
                    "model": "model",
                    "model_info": "model_info",
                    "manifest": "manifest",
                    "decision": "decision",
                    "task": "params:task",
                    "evaluation": "params:evaluation",
                    "cross_evaluate": "params:cross_evaluate",
                    "dataset": "params:dataset",
                },
                outputs={name: name for name in _RESULTS},
                name="cross_evaluate_model",
            )
        ],
        tags=["cross_evaluate", "attaches"],
    )
