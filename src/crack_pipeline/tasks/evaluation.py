"""An evaluation put together, for every task alike: decision, metrics, report and figures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.figures.curves import (
    Curve,
    draw_confusion_matrix,
    draw_precision_recall_curve,
    draw_reliability,
    draw_risk_coverage,
    draw_roc_curve,
    draw_threshold_curve,
)
from crack_pipeline.figures.detection import draw_detection
from crack_pipeline.figures.intervals import Stratum, draw_intervals, draw_strata
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.calibration import ReliabilityCounts, fit_temperature
from crack_pipeline.metrics.curves import ChosenThreshold, ThresholdSweep, roc_points
from crack_pipeline.metrics.flat import join_metrics, prefix_names
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.prediction.decision import Decision, describe_decision
from crack_pipeline.prediction.views import MaskViews
from crack_pipeline.tasks.examples import Example, draw_examples, list_examples
from crack_pipeline.tasks.label_report import LabelScores
from crack_pipeline.tasks.mask_scores import SplitScores
from crack_pipeline.tasks.outcomes import Evaluation, Subject, time_views
from crack_pipeline.tasks.report_parts import Report
from crack_pipeline.wording.numbers import format_number, format_threshold
from crack_pipeline.wording.scores import Score

Scores = LabelScores | SplitScores
"""Predictions of a split against its truth."""

Title = Callable[[str], str]
"""Makes a figure's title of what is shown."""

_LEAST_SHARE = 0.01
"""Of the true crack: where less than that is predicted, a precision says nothing."""


def settle_decision(
    subject: Subject,
    scores: Scores,
    choice: ChosenThreshold,
    *,
    metrics: Mapping[str, float],
    rule: str,
    views: MaskViews,
    title: str,
) -> tuple[Decision, Figure]:
    """Write a chosen threshold down, and draw the curve that it was read from.

    Args:
        subject: The model.
        scores: Of the validation photos.
        choice: The threshold.
        metrics: Of validation, at the threshold.
        rule: How it was chosen, in words.
        views: Test-time views that the photos were predicted under.
        title: Of the figure.

    Returns:
        Decision and figure.
    """
    figure = draw_threshold_curve(
        scores.sweep(),
        threshold=choice.threshold,
        score=choice.f1,
        peak_threshold=choice.peak_threshold,
        title=title,
    )
    temperature = fit_temperature(scores.logits())
    decision = describe_decision(
        choice, metrics, subject.info, rule=rule, temperature=temperature, views=views
    )
    return decision, figure


def assemble_evaluation(
    subject: Subject,
    baseline: Mapping[str, Any],
    found: Report,
    scores: Scores,
    examples: Sequence[Example],
    *,
    differences: Mapping[str, float],
    extras: Mapping[str, Any],
    timed: Iterable[str],
) -> Evaluation:
    """Put what was measured on the test photos together.

    Args:
        subject: The model with its decision, and the photos.
        baseline: From ``score_baseline``.
        found: The table of the test photos.
        scores: Of the same photos.
        examples: Photos that are shown.
        differences: Flat, the model less its baseline.
        extras: Further parts of the report.
        timed: Paths of photos that the cost of test-time views is measured with.

    Returns:
        Metrics of validation and test with the baseline's, a report, figures.
    """
    decision, bundle, n_photos = subject.decision, subject.bundle, len(found.parts["photos"])
    own = {"decision_threshold": bundle.threshold, "temperature": bundle.temperature}
    cost = {} if bundle.views == "none" else {"test_time_augmentation": time_views(bundle, timed)}
    kind = "Masks" if found.unit == "pixels" else "Labels"
    sheet_title = f"{kind} at threshold {format_threshold(bundle.threshold)}"
    curves = scores.sweep(), scores.counts_at(bundle.threshold)
    return Evaluation(
        metrics=join_metrics(
            own,
            decision.metrics,
            prefix_names(found.metrics, "test"),
            baseline["metrics"],
            differences,
        ),
        report={
            "decision": decision.model_dump(),
            "baseline": dict(baseline),
            **extras,
            **cost,
            **found.parts,
            "examples": list_examples(examples),
        },
        figures={
            **draw_examples(examples, title=subject.title(sheet_title, "test", n_photos)),
            **draw_curve_figures(subject, *curves, baseline, n_photos=n_photos, unit=found.unit),
            **draw_report_figures(found, lambda what: subject.title(what, "test", n_photos)),
        },
    )


def draw_report_figures(report: Report, title: Title) -> dict[str, Figure]:
    """Draw what a table of metrics holds.

    Args:
        report: The table.
        title: Makes a title of what is shown.

    Returns:
        ``headline``, ``strata``, ``detection`` of masks, ``reliability`` and ``risk_coverage``,
        those that have something to show: without crack there are no strata and no detection, and
        where 0 and 1 alone were predicted no reliability and no risk.
    """
    strata, label, risk_label = [("f1", "")], "F1 of photos", "wrong labels"
    if report.unit == "pixels":
        tolerant = f"f1_tolerance_{report.tolerance_px}px"
        strata = [(f"{tolerant}_pooled", "F1 of pixels"), (tolerant, "F1 of centrelines")]
        label, risk_label = f"F1 with {report.tolerance_px} px tolerance", "1 − Dice"
    figures: dict[str, Figure | None] = {
        "headline": draw_headline(report.headline, title),
        "strata": draw_strata_figure(report.parts["strata"], strata, title, label=label),
    }
    if report.detection is not None:
        named = title("Probability of detection against crack width")
        figures["detection"] = draw_detection(report.detection, title=named)
    if report.has_probabilities:
        temperature = report.parts["calibration"]["temperature"]
        figures["reliability"] = draw_reliability_figure(
            report.reliability, unit=report.unit, temperature=temperature, title=title
        )
        figures["risk_coverage"] = draw_risk_coverage(
            report.risk,
            risk_label=risk_label,
            title=title("Risk if the doubtful photos go to a person"),
        )
    return {name: figure for name, figure in figures.items() if figure is not None}


def draw_headline(headline: Sequence[Score], title: Title) -> Figure:
    """Headline metrics between 0 and 1 with their intervals; the table holds the others.

    Args:
        headline: The scores that stand first.
        title: Makes the title.

    Returns:
        The figure.
    """
    rows = [score for score in headline if score.value is not None and score.metric.is_score]
    return draw_intervals(
        rows, x_label="Value", title=title("Headline metrics with 95 % intervals")
    )


def draw_strata_figure(
    strata: Sequence[Mapping[str, Any]],
    metrics: Sequence[tuple[str, str]],
    title: Title,
    *,
    label: str,
) -> Figure | None:
    """One metric on each stratum.

    Args:
        strata: Entries of the report.
        metrics: Names that an entry may have the metric by, the first one counts, each with what it
            is of, such as "F1 of pixels"; empty where that needs no words.
        title: Makes the title.
        label: The metric in words, for the axis.

    Returns:
        The figure; None where there are no strata.
    """
    rows = []
    for entry in strata:
        known = [(entry["metrics"][name], of) for name, of in metrics if name in entry["metrics"]]
        value, of = known[0] if known else (None, "")
        if value is not None and np.isfinite(value):
            by = f"{entry['by']}: {of}" if of else entry["by"]
            rows.append(Stratum(by, entry["stratum"], entry["photos"], value))
    if not rows:
        return None
    return draw_strata(rows, metric=label, title=title("F1 by stratum"))


def draw_reliability_figure(
    pair: tuple[ReliabilityCounts, ReliabilityCounts] | None,
    *,
    unit: str,
    temperature: float,
    title: Title,
) -> Figure | None:
    """Reliability before and after the temperature; None where nothing was counted.

    Args:
        pair: Sums before and after it; None where nothing was counted.
        unit: What is counted, "pixels" or "photos".
        temperature: T.
        title: Makes the title.

    Returns:
        The figure.
    """
    if pair is None:
        return None
    lines = [("as predicted", pair[0])]
    if temperature != 1.0:
        lines.append((f"temperature {temperature:.2f}", pair[1]))
    return draw_reliability(lines, unit=unit, title=title("Reliability of probabilities"))


def list_curves(sweep: ThresholdSweep, at_threshold: ConfusionCounts) -> dict[str, Any]:
    """Write curves down so that another report can draw them.

    Args:
        sweep: Counts at K thresholds.
        at_threshold: Counts of shape () at the decision threshold.

    Returns:
        JSON-ready: recall and precision (ascending threshold, up to the highest at which enough is
        predicted for a precision), both rates of the receiver operating characteristic, and where
        the decision threshold lies.
    """
    false_positive_rate, true_positive_rate = roc_points(sweep)
    enough = _predict_enough(sweep.counts)
    return {
        "recall": rates.recall(sweep.counts)[enough].tolist(),
        "precision": rates.precision(sweep.counts)[enough].tolist(),
        "false_positive_rate": false_positive_rate.tolist(),
        "true_positive_rate": true_positive_rate.tolist(),
        "operating_point": {
            "recall": float(rates.recall(at_threshold)),
            "precision": float(rates.precision(at_threshold)),
            "false_positive_rate": float(1.0 - rates.specificity(at_threshold)),
            "f1": float(rates.f1(at_threshold)),
        },
    }


def _predict_enough(counts: ConfusionCounts) -> NDArray[np.bool_]:
    """Where more is predicted than a few pixels, whose precision is chance: a spike at recall 0."""
    least = np.maximum(1, _LEAST_SHARE * counts.crack)
    return np.asarray(counts.predicted >= least, np.bool_)


def draw_curve_figures(
    subject: Subject,
    sweep: ThresholdSweep,
    at_threshold: ConfusionCounts,
    baseline: Mapping[str, Any],
    *,
    n_photos: int,
    unit: str,
) -> dict[str, Figure]:
    """Draw the test curves, beside those of the baseline, and the confusion matrix.

    Args:
        subject: The model, for titles.
        sweep: Its counts at K thresholds on the test photos.
        at_threshold: Its counts of shape () at the decision threshold.
        baseline: Name and curves of what it is compared with.
        n_photos: Number of test photos.
        unit: What is counted, "pixels" or "photos".

    Returns:
        ``precision_recall_curve``, ``roc_curve`` and ``confusion_matrix``.
    """
    precision_recall, receiver_operating = [], []
    for name, curves in (
        (subject.info.model, list_curves(sweep, at_threshold)),
        (str(baseline["name"]), baseline["curves"]),
    ):
        point, label = curves["operating_point"], f"{name} at its threshold"
        at = point["recall"], point["precision"]
        f1 = f"{label}, F1 {format_number(point['f1'])}"
        precision_recall.append(Curve(name, curves["recall"], curves["precision"], at, f1))
        at = point["false_positive_rate"], point["recall"]
        x, y = curves["false_positive_rate"], curves["true_positive_rate"]
        receiver_operating.append(Curve(name, x, y, at, label))
    return {
        "precision_recall_curve": draw_precision_recall_curve(
            precision_recall,
            prevalence=int(at_threshold.crack) / int(at_threshold.total),
            title=subject.title(f"Precision and recall of {unit}", "test", n_photos),
        ),
        "roc_curve": draw_roc_curve(
            receiver_operating, title=subject.title(f"ROC of {unit}", "test", n_photos)
        ),
        "confusion_matrix": draw_confusion_matrix(
            at_threshold, unit=unit, title=subject.title("Confusion matrix", "test", n_photos)
        ),
    }
