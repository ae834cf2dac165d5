"""An evaluation as one screen of text."""

from collections.abc import Mapping, Sequence
from typing import Any

from crack_pipeline.tasks.outcomes import format_cost
from crack_pipeline.wording.numbers import ABSENT, format_number
from crack_pipeline.wording.phrases import align_columns, group_remarks
from crack_pipeline.wording.scores import Score, read_scores
from crack_pipeline.wording.verdict import Verdict

_COLUMNS = (("decision", "model"), ("baseline", "name"))


def summarize_evaluation(
    report: Mapping[str, Any], metrics: Mapping[str, float], verdict: Verdict
) -> str:
    """Write what a person wants to know first, once each.

    Args:
        report: Content of ``evaluation_report.json``.
        metrics: Flat, with ``test_baseline_<metric>`` and ``test_<metric>_minus_baseline``.
        verdict: From ``judge_evaluation``.

    Returns:
        That drawn photos say nothing about real surfaces, the headline beside the baseline, how
        good that is, what to doubt and what was checked.
    """
    scores = read_scores(report.get("headline"))
    baseline = {
        score.name: metrics[name]
        for score in scores
        if (name := f"test_baseline_{score.name}") in metrics
    }
    measured = [score for score in scores if score.value is not None]
    names = [str((report.get(part) or {}).get(key)) for part, key in _COLUMNS]
    cost = report.get("test_time_augmentation")
    notes = group_remarks((one.label, one.note) for one in scores)
    if any("source photo" in doubt for doubt in verdict.doubts):
        notes = [note for note in notes if "source photos, so the interval" not in note]
    doubts = [*verdict.doubts, *notes]
    # The table holds the scores.
    titles = tuple(f"{score.title}:" for score in scores)
    quality = [sentence for sentence in verdict.quality if not sentence.startswith(titles)]
    blocks = (
        [verdict.surface] if verdict.surface else [],
        [format_scores(measured, model=names[0], baseline=(names[1], baseline))],
        [*quality, *([format_cost(cost)] if cost else [])],
        *(
            [f"{heading}:", *(f"- {sentence}" for sentence in sentences)]
            for heading, sentences in (("To doubt", doubts), ("Checked", verdict.checks))
            if sentences
        ),
    )
    return "\n".join("\n".join(filter(None, block)) for block in blocks if any(block))


def format_scores(
    scores: Sequence[Score],
    *,
    model: str = "value",
    baseline: tuple[str, Mapping[str, float]] = ("", {}),
) -> str:
    """Lay scores out with their intervals, beside a baseline and what labels agree at.

    Args:
        scores: From top to bottom.
        model: Heading of the values.
        baseline: Heading of the baseline's values, and these by name.

    Returns:
        A heading, then a line a score; columns that hold nothing are left out.

    >>> rows = [Score("f1", "F1", 0.9, 0.8, 0.95), Score("auc", "area under ROC", 0.99)]
    >>> print(format_scores(rows, baseline=("grey", {"f1": 0.5})))
                     value    95 % interval    grey
    F1               0.900   0.800 to 0.950   0.500
    area under ROC   0.990                        –
    """
    heading = ["", model, "95 % interval", baseline[0], "labels agree"]
    rows = [
        [
            score.label,
            score.format_value(),
            score.format_interval(),
            format_number(baseline[1].get(score.name), score.unit) if baseline[1] else "",
            "" if score.agreement is None else format_number(score.agreement),
        ]
        for score in scores
    ]
    kept = [
        place
        for place in range(len(heading))
        if place < 2 or any(row[place] not in ("", ABSENT) for row in rows)
    ]
    return align_columns([[row[place] for place in kept] for row in (heading, *rows)])
