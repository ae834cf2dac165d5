"""The ``fit`` pipeline: a network is trained on the tiles."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.fit.nodes import fit_model, summarize_training


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``tile_store`` and ``augmentation_plan`` to ``model``.

    The tag ``trains`` tells tracking to open a run.
    """
    return Pipeline(
        [
            Node(
                fit_model,
                inputs=[
                    "tile_store",
                    "augmentation_plan",
                    "params:task",
                    "params:model",
                    "params:training",
                ],
                outputs=["model", "model_info"],
                name="fit_model",
                tags="trains",
            ),
            Node(
                summarize_training,
                inputs=["model_info", "params:dataset", "params:training"],
                outputs=["training_history", "learning_curve"],
                name="summarize_training",
            ),
        ],
        tags="fit",
    )
