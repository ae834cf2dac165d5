"""How the model was trained, from what was written beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from crack_pipeline.reporting.blocks import Fact, Section
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import format_duration, format_number

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


def make_training(subject: ReportSubject) -> Section:
    """Recipe, seed, backend, device, epochs and time of the training.

    All of it is what training wrote beside the model, so that parameters that were changed since do
    not show.

    Args:
        subject: What the report is about.

    Returns:
        The section with the learning curve.
    """
    info = subject.model_info
    facts = [
        Fact(label, format_number(info[name], unit))
        for name, label, unit in _FACTS
        if info.get(name) is not None
    ]
    return Section(
        "training",
        "How it was trained",
        facts=(*facts, *_describe_course(info)),
        pictures=subject.pictures.take("learning_curve"),
        notes=subject.pictures.notes("learning_curve"),
    )


def _describe_course(info: Mapping[str, Any]) -> list[Fact]:
    history: Sequence[Mapping[str, float]] = info.get("history") or ()
    facts = []
    if info.get("epochs") is not None:
        facts.append(Fact("Epochs", format_number(info["epochs"])))
    if info.get("best_epoch") is not None:
        facts.append(Fact("Best epoch, whose weights are kept", _describe_best(info)))
    if history and "learning_rate" in history[0]:
        highest = max(epoch["learning_rate"] for epoch in history)
        facts.append(Fact("Highest learning rate at an epoch's end", f"{highest:.2g}"))
    if history and "seconds" in history[0]:
        total = sum(epoch.get("seconds", 0.0) for epoch in history)
        facts.append(Fact("Time", format_duration(total)))
    return facts


def _describe_best(info: Mapping[str, Any]) -> str:
    best = format_number(info["best_epoch"])
    value = info.get("best_value")
    if value is None:
        return best
    monitor = str(info.get("monitor", ""))
    split = "validation " if monitor.startswith("val_") else ""
    name = describe_name(monitor.removeprefix("val_"))
    return f"{best}, {split}{name} {format_number(value)}"
