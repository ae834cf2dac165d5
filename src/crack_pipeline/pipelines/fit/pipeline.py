"""The ``fit`` pipeline: a network is trained on the tiles."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.fit.nodes import fit_model, summarize_training
from crack_pipeline.pipelines.wiring import make_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``tile_store`` and ``augmentation_plan`` to ``model``.

    The tag ``trains`` tells tracking to open a run.
    """
    nodes = [
        make_node(fit_model, "model", "model_info", tags="trains"),
        make_node(summarize_training, "training_history", "learning_curve"),
    ]
    return Pipeline(nodes, tags="fit")
