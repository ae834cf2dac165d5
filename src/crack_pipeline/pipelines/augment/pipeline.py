"""The ``augment`` pipeline: what training does to the tiles, and a sheet that shows it."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.augment.nodes import plan_augmentation, show_augmentation
from crack_pipeline.pipelines.wiring import make_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``tile_store`` to ``augmentation_plan``."""
    nodes = [
        make_node(plan_augmentation, "augmentation_plan"),
        make_node(show_augmentation, "augmentation_sheet"),
    ]
    return Pipeline(nodes, tags="augment")
