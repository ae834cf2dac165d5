"""The page: the first screen, then a section for each question of a reader."""

import re
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.reporting.explanations import (
    remark_on_cold_maps,
    remark_on_methods,
    tabulate_explanations,
)
from crack_pipeline.reporting.opening import list_cards, list_limits, make_opening
from crack_pipeline.reporting.subject import ReportSubject, describe_origins
from crack_pipeline.reporting.tables import make_tables
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import format_duration, format_number, format_threshold
from crack_pipeline.wording.phrases import as_sentence, count_of
from crack_pipeline.wording.verdict import measure_lengths

_INTERVAL = re.compile(r"(?<=\d) to (?=[\d−])")
_NOT_MEASURED = "not measured by this evaluation"
_OPTIONAL = {
    "detection": "What an inspector asks",
    "protocols": "Other protocols",
    "strata": "Kinds of photos",
    "calibration": "Calibration",
}
_MASKS_ONLY = frozenset({"detection"})


class _Part(dict[str, Any]):
    """A block of the evaluation; None for each number that it lacks."""

    def __missing__(self, name: str) -> None:
        """Give None for what is not known."""


def render_report(subject: ReportSubject) -> str:
    """Write the report as one HTML page that needs nothing beside it: no file, no script, no net.

    Args:
        subject: What the report is about.

    Returns:
        The page. Every text is escaped.
    """
    rows = subject.explanation_scores
    parts = ("detection", "false_alarms", "width", "calibration", "risk_coverage")
    return open_template("report.html.jinja").render(
        subject=subject,
        **{name: _Part(subject.part(name)) for name in parts},
        opening=make_opening(subject),
        length_found=measure_lengths(subject.evaluation)[0],
        tables=make_tables(subject),
        pictures=subject.pictures.found,
        weak=list_cards(subject, "missed", "false_alarm"),
        strong=list_cards(subject, "typical", "best"),
        limits=list_limits(subject),
        explanations=list(tabulate_explanations(rows)),
        explanation_remarks=[*remark_on_methods(rows), *remark_on_cold_maps(rows)],
        training=list(list_training_facts(subject.model_info)),
        **describe_origins(subject.manifest),
        missing=list(_list_missing(subject)),
        count_of=count_of,
        written=f"{subject.written.day} {subject.written:%B %Y, %H:%M %Z}".strip(),
    )


def open_template(name: str) -> Template:
    """Open a template of this package, with the filters that write numbers and sentences.

    Args:
        name: Of its file.

    Returns:
        The template: every text is escaped, and a name that is not given is refused.
    """
    environment = Environment(
        loader=PackageLoader("crack_pipeline.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_keep_together,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": format_number,
        "threshold": format_threshold,
        "sentence": as_sentence,
    }
    return environment.get_template(name)


def _list_missing(subject: ReportSubject) -> Iterator[str]:
    yield from subject.pictures.left_out.values()
    for part, title in _OPTIONAL.items():
        if not subject.evaluation.get(part) and (subject.is_of_masks or part not in _MASKS_ONLY):
            yield f"{title}: {_NOT_MEASURED}."
    if not subject.explanation_scores:
        hint = "run kedro run --pipeline=explain, then kedro run --pipeline=report"
        yield f"What the model looks at: {hint}."


def _keep_together(value: Any) -> Any:
    """Let no line break part a number from its percent sign, or the ends of an interval."""
    # What a macro made is markup, whose texts went through here one by one.
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return _INTERVAL.sub("\u00a0to\u00a0", value.replace(" %", "\u00a0%"))


_FACTS = (
    ("model", "Network", ""),
    ("n_parameters", "Parameters", ""),
    ("tile_px", "Side of its square input", "px"),
    ("overlap_px", "Overlap of neighbouring tiles", "px"),
    ("equalization", "Histogram equalisation", ""),
    ("loss", "Loss", ""),
    ("batch_size", "Batch size", ""),
    ("precision", "Number format of the computation", ""),
    ("ema_momentum", "Momentum of averaged weights", ""),
    ("seed", "Seed", ""),
    ("backend", "Backend", ""),
    ("device", "Device", ""),
    ("strategy", "Distribution", ""),
)


def list_training_facts(info: ModelInfo) -> Iterator[tuple[str, str]]:
    """List the recipe, seed, backend, device, epochs and time of a training, each in words.

    Args:
        info: What training wrote beside the model.

    Yields:
        Name and value of what is known.
    """
    for name, label, unit in _FACTS:
        if (value := getattr(info, name)) is not None:
            yield label, format_number(value, unit)
    history = info.history or ()
    if info.epochs is not None:
        yield "Epochs", format_number(info.epochs)
    if info.best_epoch is not None:
        best = format_number(info.best_epoch)
        if info.best_value is not None:
            monitor = info.monitor or ""
            split = "validation " if monitor.startswith("val_") else ""
            name = describe_name(monitor.removeprefix("val_"))
            best = f"{best}, {split}{name} {format_number(info.best_value)}"
        yield "Best epoch, whose weights are kept", best
    if history and "learning_rate" in history[0]:
        highest = max(epoch["learning_rate"] for epoch in history)
        yield "Highest learning rate at an epoch's end", format_number(highest)
    if history and "seconds" in history[0]:
        yield "Time", format_duration(sum(epoch.get("seconds", 0.0) for epoch in history))
    yield "MLflow run", info.run_id or "not tracked"
