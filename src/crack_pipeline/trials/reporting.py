"""The report of a cross-validation, as JSON and as one screen of text."""

from collections.abc import Mapping, Sequence
from typing import Any

from crack_pipeline.task_specs import task_spec
from crack_pipeline.trials.pooling import name_fold_metrics
from crack_pipeline.trials.result import TrialResult
from crack_pipeline.trials.trial import Trial

_WIDTH = 12


def report_folds(
    trials: Sequence[Trial],
    results: Sequence[TrialResult],
    metrics: Mapping[str, float],
    *,
    manifest_digest: str,
) -> dict[str, Any]:
    """Write a cross-validation down.

    Args:
        trials: One a fold.
        results: Theirs, in the same order.
        metrics: Spread and pooled numbers.
        manifest_digest: Of the manifest that the folds were made from.

    Returns:
        JSON-ready: task, data set, model, one entry a fold, all metrics, and which are shown.
    """
    settings = trials[0].settings
    return {
        "task": settings.task,
        "dataset": settings.dataset,
        "model": settings.model.name,
        "manifest_digest": manifest_digest,
        "settings": settings.model_dump(mode="json"),
        "folds": [
            _report_fold(trial, result) for trial, result in zip(trials, results, strict=True)
        ],
        "metrics": dict(metrics),
        "shown": [list(pair) for pair in task_spec(settings.task).fold_metrics.items()],
    }


def tabulate_folds(report: Mapping[str, Any]) -> str:
    """Lay out the folds, their mean and spread, and all photos together.

    Args:
        report: From ``report_folds``.

    Returns:
        Lines of text.
    """
    shown, metrics = report["shown"], report["metrics"]
    lines = [_line("", [label for _, label in shown])]
    for fold in report["folds"]:
        values = [fold["metrics"].get(f"fold_{name}") for name, _ in shown]
        lines.append(_line(f"{fold['name']}, {fold['photos']} photos", values))
    for label, pattern in (
        ("mean of folds", "fold_{}_mean"),
        ("standard deviation", "fold_{}_sd"),
        ("all photos, out of fold", "out_of_fold_{}"),
    ):
        lines.append(_line(label, [metrics.get(pattern.format(name)) for name, _ in shown]))
    return "\n".join(lines)


def _report_fold(trial: Trial, result: TrialResult) -> dict[str, Any]:
    sizes = trial.manifest["split"].value_counts()
    return {
        "name": trial.name.replace("_", " "),
        "photos": int(sizes["test"]),
        "train_photos": int(sizes["train"]),
        "validation_photos": int(sizes["validation"]),
        "threshold": result.threshold,
        "training_seconds": sum(entry["seconds"] for entry in result.history),
        "facts": result.facts,
        "metrics": name_fold_metrics(result.metrics),
    }


def _line(label: str, values: Sequence[Any]) -> str:
    cells = [
        f"{value:.4f}" if isinstance(value, float) else str("–" if value is None else value)
        for value in values
    ]
    return f"{label:<30}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells)
