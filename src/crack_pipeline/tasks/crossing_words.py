"""One model on several data sets, as one screen of text."""

from collections.abc import Sequence

from crack_pipeline.tasks.crossing_sets import MeasuredSet
from crack_pipeline.wording.scores import list_notes

_GAP = "   "


def format_sets(measured: Sequence[MeasuredSet]) -> str:
    """Lay out data sets side by side: one row a metric, one column a data set.

    Args:
        measured: The model's own data set first.

    Returns:
        Lines of text: a heading, photos, then one a metric with its 95 % interval in brackets.
    """
    names = [f"{one.name} (own)" if one.is_own else one.name for one in measured]
    lines = [
        ["", *names],
        ["photos", *map(describe_photos, measured)],
        ["of these without crack", *(str(one.crack_free) for one in measured)],
    ]
    for place, row in enumerate(measured[0].headline):
        lines.append([row.label, *(one.headline[place].format("") for one in measured)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        _GAP.join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def describe_photos(one: MeasuredSet) -> str:
    """Say how many photos were measured.

    Args:
        one: A data set.

    Returns:
        "40", or "40 of 237" where there are more than were asked for.
    """
    is_part = one.drawn_from > one.drawn
    return f"{one.photos} of {one.drawn_from}" if is_part else str(one.photos)


def say_what_to_mind(measured: Sequence[MeasuredSet]) -> list[str]:
    """Say what makes the numbers of data sets differ besides the model.

    Args:
        measured: The model's own data set first.

    Returns:
        Sentences; none where there is nothing to mind.
    """
    said = [
        f"{one.name}: {one.drawn} of {one.drawn_from} photos were drawn "
        "(cross_evaluate.most_photos)."
        for one in measured
        if one.drawn_from > one.drawn
    ]
    said += [f"{one.name}: {note}." for one in measured for note in list_notes(one.headline)]
    without = [one.name for one in measured if one.crack_free == 0]
    if 0 < len(without) < len(measured):
        said.append(
            f"{' and '.join(without)} {'has' if len(without) == 1 else 'have'} no photo without "
            "crack, where everything found is a false alarm: numbers can look better for that."
        )
    return said
