"""The ``cross_evaluate`` pipeline: one trained model on several data sets."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.cross_evaluate.nodes import cross_evaluate_model
from crack_pipeline.pipelines.wiring import make_node

_RESULTS = ("cross_evaluation", "cross_evaluation_table", "cross_evaluation_matrix")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``model`` and manifests to ``cross_evaluation``."""
    node = make_node(cross_evaluate_model, *_RESULTS, returns_dict=True)
    return Pipeline([node], tags=["cross_evaluate", "attaches"])
