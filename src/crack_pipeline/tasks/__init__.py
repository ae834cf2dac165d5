"""What differs by task; everything else asks this map."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from crack_pipeline.errors import ParameterError
from crack_pipeline.tasks import classification, mask_baseline, segmentation
from crack_pipeline.tasks.outcomes import Evaluation
from crack_pipeline.types import Task

__all__ = ["TASK_EVALUATIONS", "TaskEvaluation", "evaluation_of"]


@dataclass(frozen=True, slots=True)
class TaskEvaluation:
    """The three steps of an evaluation, for one task.

    Attributes:
        score_baseline: Manifest and settings → what the baseline reaches.
        choose_decision: Subject and settings → decision and its curve.
        evaluate: Subject, decision, baseline and settings → evaluation.
    """

    score_baseline: Callable[..., dict[str, Any]]
    choose_decision: Callable[..., tuple[dict[str, Any], Figure]]
    evaluate: Callable[..., Evaluation]


TASK_EVALUATIONS: dict[Task, TaskEvaluation] = {
    "segmentation": TaskEvaluation(
        mask_baseline.score_baseline, segmentation.choose_decision, segmentation.evaluate
    ),
    "classification": TaskEvaluation(
        classification.score_baseline, classification.choose_decision, classification.evaluate
    ),
}


def evaluation_of(task: str) -> TaskEvaluation:
    """Look up how a task is evaluated.

    Args:
        task: ``segmentation`` or ``classification``.

    Returns:
        Its three steps.

    Raises:
        ParameterError: If there is no such task.
    """
    for name, evaluation in TASK_EVALUATIONS.items():
        if name == task:
            return evaluation
    raise ParameterError(
        "`task` must be one of: " + ", ".join(TASK_EVALUATIONS) + ".",
        received=task,
        remedy="Run with --params=task=segmentation or --params=task=classification.",
    )
