"""How much a random split flatters: models on both splits, and on photos with relatives."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from crack_pipeline.metrics.bootstrap import bootstrap_difference, bootstrap_f1
from crack_pipeline.trials.split_pairs import SPLIT_KINDS, SplitKind
from crack_pipeline.wording.numbers import ABSENT, format_with_interval
from crack_pipeline.wording.phrases import align_columns

CLAIM = "no known duplicate or overlapping patch crosses the group-safe split"
"""What is known; that no photo crosses it cannot be said where the photos themselves are gone."""

_PARTS = ("related", "unrelated", "kept_apart")


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One model on one split.

    Attributes:
        model: Name of the model.
        kind: How the photos were divided.
        seed: Of the division (and of the network).
        photos: One row a test photo: ``image_id, group_id``, the four counts, ``has_relative``,
            whether its group holds other photos, and ``related``, whether one of these is among
            the train photos.
    """

    model: str
    kind: SplitKind
    seed: int
    photos: pd.DataFrame

    def f1(self) -> float:
        """Pooled F1."""
        return _f1(self.photos)

    def metrics(self) -> dict[str, float]:
        """List F1 of all photos, of those with relatives and of the others."""
        related = self.photos["related"]
        values = {
            "test_f1": self.f1(),
            "test_f1_related": _f1(self.photos[related]),
            "test_f1_unrelated": _f1(self.photos[~related]),
            "test_related_share": float(related.mean()),
            "test_photos": float(len(self.photos)),
        }
        return {name: value for name, value in values.items() if not math.isnan(value)}


def compare_splits(outcomes: Sequence[Outcome], *, resamples: int) -> dict[str, Any]:
    """Put the models side by side.

    Args:
        outcomes: Each model on both splits, at one or more seeds.
        resamples: Draws of the bootstrap over groups.

    Returns:
        JSON-ready: ``scores`` (one a model and split), ``differences`` (one a model) and
        ``relatives`` (one a model): the random split's test photos with a relative in train
        (``related``) and without (``unrelated``), the group-safe split's test photos that have
        relatives, all kept apart from train (``kept_apart``), and the difference of the first to
        the last. Test photos of all seeds are pooled.
    """
    models = list(dict.fromkeys(outcome.model for outcome in outcomes))
    scores, differences, relatives = [], [], []
    for model in models:
        pooled = {kind: _pool(outcomes, model, kind) for kind in SPLIT_KINDS}
        for kind in SPLIT_KINDS:
            found = [o for o in outcomes if (o.model, o.kind) == (model, kind)]
            interval = bootstrap_f1(pooled[kind], resamples=resamples)
            by_seed = {str(outcome.seed): outcome.f1() for outcome in found}
            scores.append({"model": model, "split": kind, "by_seed": by_seed, **asdict(interval)})
        difference = bootstrap_difference(
            pooled["random"], pooled["group_safe"], resamples=resamples
        )
        differences.append({"model": model, **asdict(difference)})
        relatives.append(
            _compare_relatives(model, pooled["random"], pooled["group_safe"], resamples)
        )
    return {"scores": scores, "differences": differences, "relatives": relatives}


def flatten_comparison(comparison: dict[str, Any]) -> dict[str, float]:
    """Numbers of a comparison under flat names.

    Args:
        comparison: From ``compare_splits``.

    Returns:
        ``<split>_<model>_f1``, ``difference_<model>_f1`` and its bounds,
        ``<related|unrelated|kept_apart>_<model>_f1``, ``relatives_difference_<model>_f1`` and its
        bounds.
    """
    flat = {f"{row['split']}_{row['model']}_f1": row["value"] for row in comparison["scores"]}
    for row in comparison["differences"]:
        flat |= _flatten_interval(f"difference_{row['model']}_f1", row)
    for row in comparison["relatives"]:
        for kind in _PARTS:
            if row[kind] is not None:
                flat[f"{kind}_{row['model']}_f1"] = row[kind]["value"]
        if row["difference"] is not None:
            name = f"relatives_difference_{row['model']}_f1"
            flat |= _flatten_interval(name, row["difference"])
    return flat


def tabulate_comparison(comparison: dict[str, Any]) -> str:
    """Lay a comparison out as one screen of text.

    Args:
        comparison: From ``compare_splits``.

    Returns:
        Lines of text, one a model.
    """
    lines = [["F1 on test", "random split", "group-safe split", "difference"]]
    scores = {(row["model"], row["split"]): row for row in comparison["scores"]}
    for row in comparison["differences"]:
        model = row["model"]
        cells = [_format(scores[model, kind]) for kind in SPLIT_KINDS]
        lines.append([model, *cells, _format(row, signed=True)])
    lines.append(["photos with relatives", "one in train", "none in train", "difference"])
    for row in comparison["relatives"]:
        cells = [_format(row[kind]) for kind in ("related", "kept_apart")]
        lines.append([row["model"], *cells, _format(row["difference"], signed=True)])
    return align_columns(lines)


def _flatten_interval(name: str, row: dict[str, Any]) -> dict[str, float]:
    numbers = {name: row["value"], f"{name}_low": row["low"], f"{name}_high": row["high"]}
    return {key: number for key, number in numbers.items() if number is not None}


def _compare_relatives(
    model: str, random: pd.DataFrame, safe: pd.DataFrame, resamples: int
) -> dict[str, Any]:
    # Photos with relatives may be easier or harder than others by themselves, so those of the
    # random split are compared with photos that have relatives too, none of them in train.
    related, kin = random[random["related"]], safe[safe["has_relative"]]
    is_measurable = _has_crack(related) and _has_crack(kin)
    difference = bootstrap_difference(related, kin, resamples=resamples) if is_measurable else None
    return {
        "model": model,
        "related": _measure_part(related, resamples),
        "unrelated": _measure_part(random[~random["related"]], resamples),
        "kept_apart": _measure_part(kin, resamples),
        "difference": None if difference is None else asdict(difference),
    }


def _measure_part(photos: pd.DataFrame, resamples: int) -> dict[str, Any] | None:
    if not _has_crack(photos):
        return None
    return {**asdict(bootstrap_f1(photos, resamples=resamples)), "photos": len(photos)}


def _has_crack(photos: pd.DataFrame) -> bool:
    return bool((photos["true_positive"] + photos["false_negative"]).sum() > 0)


def _pool(outcomes: Sequence[Outcome], model: str, kind: SplitKind) -> pd.DataFrame:
    return pd.concat([o.photos for o in outcomes if (o.model, o.kind) == (model, kind)])


def _f1(photos: pd.DataFrame) -> float:
    right = photos["true_positive"].sum()
    wrong = photos["false_positive"].sum() + photos["false_negative"].sum()
    return float(2 * right / (2 * right + wrong)) if right + wrong else math.nan


def _format(interval: dict[str, Any] | None, *, signed: bool = False) -> str:
    if interval is None:
        return ABSENT
    return format_with_interval(interval["value"], interval["low"], interval["high"], signed=signed)
