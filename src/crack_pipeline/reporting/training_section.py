"""How the model was trained, from what was written beside it."""

from crack_pipeline.prediction.model_info import ModelInfo
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
        Fact(label, format_number(value, unit))
        for name, label, unit in _FACTS
        if (value := getattr(info, name)) is not None
    ]
    return Section(
        "training",
        "How it was trained",
        facts=(*facts, *_describe_course(info)),
        pictures=subject.pictures.take("learning_curve"),
        notes=subject.pictures.notes("learning_curve"),
    )


def _describe_course(info: ModelInfo) -> list[Fact]:
    history = info.history
    facts = []
    if info.epochs is not None:
        facts.append(Fact("Epochs", format_number(info.epochs)))
    if info.best_epoch is not None:
        facts.append(Fact("Best epoch, whose weights are kept", _describe_best(info)))
    if history and "learning_rate" in history[0]:
        highest = max(epoch["learning_rate"] for epoch in history)
        facts.append(Fact("Highest learning rate at an epoch's end", f"{highest:.2g}"))
    if history and "seconds" in history[0]:
        total = sum(epoch.get("seconds", 0.0) for epoch in history)
        facts.append(Fact("Time", format_duration(total)))
    return facts


def _describe_best(info: ModelInfo) -> str:
    best = format_number(info.best_epoch)
    if info.best_value is None:
        return best
    monitor = info.monitor or ""
    split = "validation " if monitor.startswith("val_") else ""
    name = describe_name(monitor.removeprefix("val_"))
    return f"{best}, {split}{name} {format_number(info.best_value)}"
