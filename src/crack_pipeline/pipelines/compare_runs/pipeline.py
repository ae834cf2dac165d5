"""The ``compare_runs`` pipeline: which of two runs is better, by how much, and how sure."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.compare_runs.nodes import compare_two_runs, show_run_comparison


def create_pipeline() -> Pipeline:
    """Build the pipeline from two evaluations to ``run_comparison``."""
    return Pipeline(
        [
            Node(
                compare_two_runs,
                inputs="params:compare",
                outputs={
                    "run_comparison": "run_comparison",
                    "run_comparison_table": "run_comparison_table",
                },
                name="compare_two_runs",
            ),
            Node(
                show_run_comparison,
                inputs="run_comparison",
                outputs="run_comparison_figure",
                name="show_run_comparison",
            ),
        ],
        tags="compare_runs",
    )
