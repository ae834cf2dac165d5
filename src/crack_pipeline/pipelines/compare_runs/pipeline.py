"""The ``compare_runs`` pipeline: which of two runs is better, by how much, and how sure."""

from kedro.pipeline import Pipeline

from crack_pipeline.pipelines.compare_runs.nodes import compare_two_runs, show_run_comparison
from crack_pipeline.pipelines.wiring import make_node


def create_pipeline() -> Pipeline:
    """Build the pipeline from two evaluations to ``run_comparison``."""
    nodes = [
        make_node(compare_two_runs, "run_comparison", "run_comparison_table", returns_dict=True),
        make_node(show_run_comparison, "run_comparison_figure"),
    ]
    return Pipeline(nodes, tags="compare_runs")
