"""Are the scores higher than scores can be, and higher than those of the baseline?"""

import math
from collections.abc import Mapping

from crack_pipeline.audit.findings import Finding, judge, leave_open
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task
from crack_pipeline.wording.metric_labels import describe_metric
from crack_pipeline.wording.numbers import format_number, format_with_interval
from crack_pipeline.wording.phrases import list_words


def check_level(
    metrics: Mapping[str, float],
    task: Task,
    settings: AuditSettings,
    agreement: Mapping[str, float] | None = None,
) -> Finding:
    """Compare scores with what can be decided at all.

    Args:
        metrics: Flat numbers of the evaluation.
        task: What was evaluated.
        settings: Levels, where no agreement is known.
        agreement: Metric without the split → what repeated annotations of the same photos agree at;
            None where it is not known.

    Returns:
        The finding.
    """
    known = {
        name: (metrics[f"test_{name}"], level)
        for name, level in (agreement or {}).items()
        if f"test_{name}" in metrics
    }
    if known:
        return _compare_with_agreement(known)
    check = "a believable level"
    spec = task_spec(task)
    compared, masks = spec.audited_metrics, spec.truth == "masks"
    values = {name: metrics[f"test_{name}"] for name in compared if f"test_{name}" in metrics}
    if not values:
        return leave_open(check, f"The evaluation has no {_list_labels(compared)}.")
    level = settings.believable_masks if masks else settings.believable_labels
    high = {name: value for name, value in values.items() if value >= level}
    told = list_words([f"{_short(name)} {value:.4f}" for name, value in (high or values).items()])
    if not high:
        return judge(check, f"No score reaches {level:g}.", f"{told}.", is_doubtful=False)
    if masks:
        short = "F1 is higher than people who draw the same cracks twice agree to the pixel."
        why = "Drawn or thresholded masks, or test photos known from training, can explain it."
    else:
        short = f"{_list_labels(high)} can hardly be so high on photos of a real structure."
        why = "The photos are easy, or something other than cracks gives the labels away."
    return judge(check, short, f"{told}; doubtful from {level:g} on. {why}", is_doubtful=True)


def _compare_with_agreement(known: Mapping[str, tuple[float, float]]) -> Finding:
    check = "scores against what people agree at"
    above = {name: pair for name, pair in known.items() if pair[0] > pair[1]}
    numbers = list_words(
        [
            f"{name} {format_number(value)} against {format_number(level)}"
            for name, (value, level) in (above or known).items()
        ]
    )
    if not above:
        short = "No score is above what repeated annotations agree at."
        return judge(check, short, f"{numbers}.", is_doubtful=False)
    return judge(
        check,
        "The model agrees with the masks better than people who drew them twice with themselves.",
        f"{numbers}. It may have learnt one person's habits, or the test masks.",
        is_doubtful=True,
    )


def check_baseline(
    metrics: Mapping[str, float], task: Task, settings: AuditSettings, *, baseline: str
) -> Finding:
    """Compare the model with the baseline, which needs no training worth the name.

    Both were measured on the same photos, so the interval of their difference decides, drawn
    jointly: their own intervals overlap long before the difference is lost in chance.

    Args:
        metrics: Flat numbers of the evaluation, with ``test_<metric>_minus_baseline_low`` and
            ``_high`` where the difference was bounded.
        task: Says which metrics are compared.
        settings: How near is too near.
        baseline: Its name.

    Returns:
        The finding.
    """
    check, compared = "the baseline beside the model", task_spec(task).audited_metrics
    unproven, near, told = [], [], []
    for name in compared:
        model, other = metrics.get(f"test_{name}"), metrics.get(f"test_baseline_{name}")
        if model is None or other is None:
            continue
        low, high = (
            _bound(metrics, f"test_{name}_minus_baseline_{end}") for end in ("low", "high")
        )
        gain = format_with_interval(model - other, low, high, signed=True)
        told.append(
            f"{_short(name)}: model {format_number(model)}, baseline {format_number(other)}, "
            f"difference {gain}."
        )
        if low is not None and low <= 0:
            unproven.append(name)
        elif other >= model - settings.margin:
            near.append(name)
    if not told:
        return leave_open(check, f"No {_list_labels(compared)} of both is known.")
    beside = f"the baseline ({baseline})"
    if unproven:
        short = f"The network is not shown to be better than {beside} by {_list_labels(unproven)}."
    elif near:
        short = f"A network is not needed beside {beside}, or adds little, by {_list_labels(near)}."
    else:
        short = f"The network is better than {beside}."
    return judge(check, short, " ".join(told), is_doubtful=bool(unproven or near))


def _bound(metrics: Mapping[str, float], name: str) -> float | None:
    bound = metrics.get(name)
    return None if bound is None or math.isnan(bound) else bound


def _short(name: str) -> str:
    return describe_metric(name).short


def _list_labels(names: Mapping[str, float] | tuple[str, ...] | list[str]) -> str:
    return list_words([_short(name) for name in names])
