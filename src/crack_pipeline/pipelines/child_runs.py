"""Records each trial as a run of its own, below the run of the node that orchestrates them."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack

from crack_pipeline import tracking
from crack_pipeline.tracking import RecordedRun
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.trial import Trial


class ChildRunReport:
    """Opens a child run when a trial begins, and ends it with the trial; models are not logged.

    Args:
        tag: Tags of a trial's run.
        measure: Metrics of a finished trial.
    """

    def __init__(
        self,
        tag: Callable[[Trial], Mapping[str, str]],
        measure: Callable[[TrialResult], Mapping[str, float]],
    ) -> None:
        self._tag = tag
        self._measure = measure
        self._open = ExitStack()
        self._run = RecordedRun(None)

    def began(self, trial: Trial) -> None:
        """Open the run of a trial.

        Args:
            trial: What begins.
        """
        settings = trial.settings
        tags = {
            "task": settings.task,
            "dataset": settings.dataset,
            "model": settings.model.name,
            "seed": str(settings.recipe.seed),
            "trial": trial.name,
            **self._tag(trial),
        }
        child = tracking.open_child_run(trial.name.replace("_", " "), tags=tags)
        self._run = self._open.enter_context(child)
        task, policy = settings.task, settings.policy
        self._run.log_parameters(
            {
                "task": task,
                "dataset": settings.dataset,
                "preprocessing": {task: settings.tiles},
                "augmentation": {task: policy or {}, "enabled": policy is not None},
                "model": {task: settings.model},
                "training": {task: settings.recipe},
                "evaluation": {task: settings.evaluation},
            }
        )

    def epoch(self, metrics: dict[str, float], epoch: int) -> None:
        """Record an epoch.

        Args:
            metrics: Name → value.
            epoch: From 1.
        """
        self._run.log_epoch(metrics, epoch)

    def finished(self, result: TrialResult) -> None:
        """Record the results and end the run.

        Args:
            result: Of the trial.
        """
        self._run.log_metrics(self._measure(result))
        facts = {name: str(value) for name, value in result.facts.items()}
        self._run.log_tags({**facts, "trial_kept": str(result.was_kept).lower()})
        self._open.close()

    def failed(self, error: BaseException) -> None:
        """End the run of a trial that failed or was interrupted.

        Args:
            error: What ended it.
        """
        self._open.__exit__(type(error), error, error.__traceback__)
