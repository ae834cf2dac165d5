"""The ``preprocess`` pipeline: photos and masks become tiles in a memory-mapped store."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.preprocess.nodes import cut_tiles, show_tiles


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``tile_store``."""
    return Pipeline(
        [
            Node(
                cut_tiles,
                inputs=["manifest", "params:task", "params:preprocessing"],
                outputs="tile_store",
                name="cut_tiles",
            ),
            Node(
                show_tiles,
                inputs=["tile_store", "params:preprocessing"],
                outputs="tile_sheet",
                name="show_tiles",
            ),
        ],
        tags="preprocess",
    )
