"""The ``preprocess`` pipeline: photos and masks become tiles in a memory-mapped store."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.preprocess.nodes import cut_tiles, show_tiles
from crack_pipeline.pipelines.wiring import make_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``manifest`` to ``tile_store``."""
    nodes = [make_node(cut_tiles, "tile_store"), make_node(show_tiles, "tile_sheet")]
    return Pipeline(nodes, tags="preprocess")
