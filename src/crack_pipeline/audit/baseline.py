"""Is the network shown to be better than the baseline beside it?

Both were measured on the same photos, so the interval of their difference decides, drawn jointly:
their own intervals overlap long before the difference is lost in chance.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from crack_pipeline.audit.findings import Finding, judge
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.types import Task
from crack_pipeline.wording.phrases import list_words

_CHECK = "the baseline beside the model"
_SCORES: Mapping[Task, Mapping[str, str]] = {
    "segmentation": {"f1_pooled": "pooled F1"},
    "classification": {"f1": "F1", "auc": "AUC"},
}


@dataclass(frozen=True, slots=True)
class Gain:
    """One score of the model and of its baseline on the same photos.

    Attributes:
        words: What the score is called.
        model: The model's.
        baseline: The baseline's.
        low: Lower bound of the 95 % interval of the difference; None where there is none.
        high: Upper bound.
    """

    words: str
    model: float
    baseline: float
    low: float | None
    high: float | None

    @property
    def is_unproven(self) -> bool:
        """Whether the interval of the difference holds 0, or the model is worse."""
        return self.low is not None and self.low <= 0

    def is_small(self, margin: float) -> bool:
        """Whether the baseline comes nearer than a margin."""
        return self.baseline >= self.model - margin

    def describe(self) -> str:
        """The scores, and their difference with its interval where that is known."""
        text = f"{self.words} {self.model:.3f} of the model, {self.baseline:.3f} of the baseline"
        if self.low is None or self.high is None:
            return text
        bounds = f"95 % {self.low:+.3f} to {self.high:+.3f}"
        difference = f"{self.model - self.baseline:+.3f} ({bounds})"
        return f"{text}, difference {difference}".replace("-", "−")


def check_baseline(
    metrics: Mapping[str, float], task: Task, settings: AuditSettings, *, baseline: str
) -> Finding:
    """Compare the model with the baseline, which needs no training worth the name.

    Args:
        metrics: Flat numbers of the evaluation, with ``test_<metric>_minus_baseline_low`` and
            ``_high`` where the difference was bounded.
        task: Segmentation compares the pooled F1, classification F1 and AUC.
        settings: How near is too near.
        baseline: Its name.

    Returns:
        The finding.
    """
    gains = [
        gain
        for name, words in _SCORES[task].items()
        if (gain := _read_gain(metrics, name, words)) is not None
    ]
    if not gains:
        words = list_words(list(_SCORES[task].values()))
        return Finding(_CHECK, "not checked", f"No {words} is known of model and baseline.")
    told = "; ".join(gain.describe() for gain in gains)
    doubts = _list_doubts(gains, settings.margin, f"the baseline ({baseline})")
    begin = "; ".join(doubts) or f"beside the baseline ({baseline})"
    detail = f"{begin[0].upper()}{begin[1:]}: {told}."
    return judge(_CHECK, detail, is_doubtful=bool(doubts))


def _read_gain(metrics: Mapping[str, float], name: str, words: str) -> Gain | None:
    model, baseline = metrics.get(f"test_{name}"), metrics.get(f"test_baseline_{name}")
    if model is None or baseline is None:
        return None
    low, high = (metrics.get(f"test_{name}_minus_baseline_{end}") for end in ("low", "high"))
    bounds = [None if bound is None or math.isnan(bound) else bound for bound in (low, high)]
    return Gain(words, model, baseline, *bounds)


def _list_doubts(gains: list[Gain], margin: float, other: str) -> list[str]:
    unproven = [gain.words for gain in gains if gain.is_unproven]
    near = [gain.words for gain in gains if gain.is_small(margin) and not gain.is_unproven]
    doubts = []
    if unproven:
        by = list_words(unproven)
        doubts.append(f"by {by} the network is not shown to be better than {other}")
    if near:
        by = list_words(near)
        doubts.append(f"by {by} a network is not needed beside {other}, or adds little")
    return doubts
