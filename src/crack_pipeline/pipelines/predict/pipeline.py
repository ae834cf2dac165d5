"""The ``predict`` pipeline: from a folder of photos to cracks in mm."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.predict.nodes import predict_photos
from crack_pipeline.pipelines.wiring import make_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``params:prediction`` to a folder of results."""
    return Pipeline([make_node(predict_photos)], tags="predict")
