"""The ``augment`` pipeline: what training does to the tiles, and a sheet that shows it."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.augment.nodes import plan_augmentation, show_augmentation


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``tile_store`` to ``augmentation_plan``."""
    return Pipeline(
        [
            Node(
                plan_augmentation,
                inputs=["tile_store", "params:task", "params:augmentation"],
                outputs="augmentation_plan",
                name="plan_augmentation",
            ),
            Node(
                show_augmentation,
                inputs=["tile_store", "augmentation_plan"],
                outputs="augmentation_sheet",
                name="show_augmentation",
            ),
        ],
        tags="augment",
    )
