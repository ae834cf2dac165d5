"""The ``report`` pipeline: a measured model is written up as one HTML page."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.report.nodes import write_report


def create_pipeline() -> Pipeline:
    """Build the pipeline from what evaluation left to ``report``."""
    return Pipeline(
        [
            Node(
                write_report,
                inputs={
                    "metrics": "metrics",
                    "evaluation_report": "evaluation_report",
                    "model_info": "model_info",
                    "decision": "decision",
                    "manifest": "manifest",
                    "task": "params:task",
                    "dataset": "params:dataset",
                    "report": "params:report",
                },
                outputs="report",
                name="write_report",
            ),
        ],
        tags=["report", "attaches"],
    )
