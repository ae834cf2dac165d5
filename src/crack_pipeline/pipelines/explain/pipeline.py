"""The ``explain`` pipeline: what a trained model looks at, and whether that is the crack."""

from kedro.pipeline import Node, Pipeline

from crack_pipeline.pipelines.explain.nodes import (
    draw_explanations,
    explain_photos,
    score_explanations,
    show_network,
)

_MODEL = {
    "model": "model",
    "model_info": "model_info",
    "task": "params:task",
    "explanation": "params:explanation",
}
_SCORES = ("explanation_scores", "explanation_metrics", "explanation_report")


def create_pipeline() -> Pipeline:
    """Build the pipeline from ``model`` and ``evaluation_report`` to ``explanation_scores``."""
    return Pipeline(
        [
            Node(
                show_network,
                inputs={**_MODEL, "manifest": "manifest", "dataset": "params:dataset"},
                outputs="network_figures",
                name="show_network",
            ),
            Node(
                explain_photos,
                inputs={
                    **_MODEL,
                    "manifest": "manifest",
                    "decision": "decision",
                    "evaluation_report": "evaluation_report",
                },
                outputs="explained_photos",
                name="explain_photos",
            ),
            Node(
                score_explanations,
                inputs={**_MODEL, "decision": "decision", "explained_photos": "explained_photos"},
                outputs={name: name for name in _SCORES},
                name="score_explanations",
            ),
            Node(
                draw_explanations,
                inputs={
                    "explained_photos": "explained_photos",
                    "model_info": "model_info",
                    "task": "params:task",
                    "dataset": "params:dataset",
                },
                outputs="explanation_sheet",
                name="draw_explanations",
            ),
        ],
        tags=["explain", "attaches"],
    )
