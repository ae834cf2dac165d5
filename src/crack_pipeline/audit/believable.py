"""Are scores higher than scores can be?"""

from collections.abc import Mapping

from crack_pipeline.audit.findings import Finding, judge
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.types import Task
from crack_pipeline.wording.phrases import list_words

_LABEL_SCORES = {"f1": "F1", "auc": "AUC"}
_MASK_SCORE = "f1_pooled"


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
    known = _pick(metrics, agreement or {})
    if known:
        return _compare_with_agreement(known)
    if task == "segmentation":
        return _compare_masks(metrics, settings.believable_masks)
    return _compare_labels(metrics, settings.believable_labels)


def _pick(
    metrics: Mapping[str, float], agreement: Mapping[str, float]
) -> dict[str, tuple[float, float]]:
    return {
        name: (metrics[f"test_{name}"], level)
        for name, level in agreement.items()
        if f"test_{name}" in metrics
    }


def _compare_with_agreement(known: Mapping[str, tuple[float, float]]) -> Finding:
    check = "scores against what people agree at"
    above = {name: pair for name, pair in known.items() if pair[0] > pair[1]}
    told = above or known
    numbers = list_words(
        [f"{name} {value:.3f} against {level:.3f}" for name, (value, level) in told.items()]
    )
    if above:
        detail = (
            f"The model agrees with the masks better than people who drew them twice agree with "
            f"themselves: {numbers}. It may have learnt one person's habits, or the test masks."
        )
    else:
        detail = f"No score is above what repeated annotations agree at: {numbers}."
    return judge(check, detail, is_doubtful=bool(above))


def _compare_masks(metrics: Mapping[str, float], level: float) -> Finding:
    check, value = "a believable level", metrics.get(f"test_{_MASK_SCORE}")
    if value is None:
        return Finding(check, "not checked", "The evaluation has no pooled F1.")
    if value < level:
        detail = f"The exact pooled F1 of {value:.3f} is below {level:g}."
        return judge(check, detail, is_doubtful=False)
    detail = (
        f"The exact pooled F1 of {value:.3f} is {level:g} or more: people who draw the same "
        "cracks twice hardly agree so well to the pixel. Drawn masks, thresholded masks or test "
        "photos that are known from training can explain it."
    )
    return judge(check, detail, is_doubtful=True)


def _compare_labels(metrics: Mapping[str, float], level: float) -> Finding:
    check = "a believable level"
    values = {
        words: metrics[f"test_{name}"]
        for name, words in _LABEL_SCORES.items()
        if f"test_{name}" in metrics
    }
    if not values:
        return Finding(check, "not checked", "The evaluation has neither F1 nor AUC.")
    high = {words: value for words, value in values.items() if value >= level}
    told = list_words([f"{words} {value:.4f}" for words, value in (high or values).items()])
    if not high:
        return judge(check, f"No score reaches {level:g}: {told}.", is_doubtful=False)
    detail = (
        f"{told} {'is' if len(high) == 1 else 'are'} {level:g} or more: either these photos are "
        "easier than those of a real structure, or something other than cracks gives the labels "
        "away."
    )
    return judge(check, detail, is_doubtful=True)
