"""The report of an inspection: the cracks of a folder of photos on one page, the worst first."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from crack_pipeline.reporting.inspected_photos import (
    RANKED_BY,
    InspectedPhoto,
    InspectionFacts,
    Record,
    has_width,
    is_cut,
    list_inspected,
    rank_crack,
    unit_of,
)
from crack_pipeline.reporting.opening import KeyNumber
from crack_pipeline.reporting.page import open_template
from crack_pipeline.reporting.subject import read_rows
from crack_pipeline.reporting.tables import Cell, Link, Row, Table
from crack_pipeline.wording.numbers import (
    ABSENT,
    format_interval,
    format_number,
    format_threshold,
)
from crack_pipeline.wording.phrases import as_sentence, count_of, list_words, name_some

_N_FIRST = 3
_N_PICTURED = 30
_N_TOP = 20
_N_OF_PHOTO = 12
_N_CRACKS = 100
_N_STATED = 100
_N_NOTES = 4
_FEW_READINGS = 10
_MEASURES = {RANKED_BY: "95th-percentile width", "mean_width": "Mean width", "length": "Length"}
_SETTINGS = {
    "software": "Software",
    "model": "Network",
    "run_id": "MLflow run of its training",
    "digest": "SHA-256 of the model",
    "labels": "Data set of its labels",
    "test_set": "Data set that it was measured on",
    "views": "Views of a photo that are averaged",
    "error_bars": "Error bars",
}
SQUARE_TO_SURFACE = (
    "One scale per photo presumes that the camera stood square to the surface: a tilt of 20° "
    "changes the scale by about 30 % from the near to the far edge."
)
"""Of a photo 40–45° wide: (1 + t) ÷ (1 − t) with t = tan 20° × tan of half of that angle."""


def make_inspection_report(
    cracks: pd.DataFrame,
    photos: pd.DataFrame,
    facts: InspectionFacts,
    checks: pd.DataFrame | None = None,
) -> str:
    """Write the report of an inspection as one HTML page that lies beside its pictures.

    Args:
        cracks: Rows of ``cracks.csv``, in the order of ``list_inspected``; none of a
            classification, whose photos have a ``probability``.
        photos: Rows of ``photos.csv``; ``overlay`` is a path below the page's folder, and below
            ``photos/`` instead of ``overlays/`` lies the same picture without marks.
        facts: What holds for all photos.
        checks: Readings of a crack gauge: ``photo``, ``x``, ``y``, ``width_mm``, the program's
            ``measured_mm`` there with its ``crack_id``, and a ``note`` where it has no width.

    Returns:
        The page, without script; texts are escaped, addresses quoted.
    """
    listed = list_inspected(cracks, photos, facts)
    is_of_masks = facts.get("task") != "classification"
    shown = [one for one in listed if one.overlay and (one.cracks or not is_of_masks)]
    pictured = shown[:_N_PICTURED]
    anchors = {one.name: f"#photo-{number}" for number, one in enumerate(pictured, 1)}
    written = facts.get("written")
    page = open_template("inspection.html.jinja").render(
        title=facts.get("title", "Cracks"),
        written=f"{written.day} {written:%B %Y, %H:%M %Z}".strip() if written else "",
        facts=facts,
        is_of_masks=is_of_masks,
        lead=_write_lead(listed, facts),
        numbers=list(list_numbers(listed, facts)),
        unseen=list(list_unseen(listed, facts)),
        first=pictured[:_N_FIRST],
        pictured=[(one, _tabulate_photo(one)) for one in pictured],
        n_left_out=len(shown) - len(pictured),
        worst=_tabulate_worst(listed, anchors),
        n_specks=sum(int(one.record.get("specks") or 0) for one in listed),
        n_short=sum(not has_width(crack) for one in listed for crack in one.cracks),
        doubtful=_tabulate_doubtful(listed, anchors),
        photos=_tabulate_photos(listed, anchors),
        failed=[one for one in listed if not one.is_done],
        checks=None if checks is None else _compare_with_gauge(checks),
        describe_photo=_describe_photo,
        list_doubts=_list_doubts,
        made=list(_list_facts(listed, facts)),
    )
    # A name that is no UTF-8 on disk must not keep the page from being written.
    return page.encode("utf-8", "replace").decode("utf-8")


def list_unseen(photos: Sequence[InspectedPhoto], facts: InspectionFacts) -> Iterator[str]:
    """List what could not be seen: failed photos, limits of detection, missing scales, tilt.

    Args:
        photos: All of the inspection.
        facts: What holds for all of them.

    Yields:
        Sentences.
    """
    if failed := [one.name for one in photos if not one.is_done]:
        yield f"{count_of(len(failed), 'photo')} could not be searched: {name_some(failed)}."
    if facts.get("task") == "classification":
        return
    done = [one.record for one in photos if one.is_done]
    yield from _tell_limits(done, facts)
    yield from _tell_unknown_limits(done)
    if (asked := facts.get("limit_mm")) is not None:
        decided = sum((row.get("limit_mm") or math.inf) <= asked for row in done)
        cracks = f"Cracks of {asked:g} mm are"
        missing = f"not decidable in {len(done) - decided} of {count_of(len(done), 'photo')}"
        yield f"{cracks} {missing if decided < len(done) else 'decidable in all photos'}."
    if without := sum(row.get("mm_per_px") is None for row in done):
        yield f"{_of_all(without, len(done))}: the scale is not known, so sizes are in px."
    marks = [crack for one in photos for crack in one.cracks]
    if marks and all(crack.get(f"{RANKED_BY}_high_px") is None for crack in marks):
        why = facts.get("error_bars")
        yield f"Error bars are not known{f': {why}' if why else ''}."
    yield SQUARE_TO_SURFACE


def _tell_limits(done: Sequence[Record], facts: InspectionFacts) -> Iterator[str]:
    """The detection limit where it is known, over photos of different scales as a range."""
    unit = "mm" if any(row.get("limit_mm") is not None for row in done) else "px"
    limits = [row[f"limit_{unit}"] for row in done if row.get(f"limit_{unit}") is not None]
    if limits:
        least, most = format_number(min(limits), unit), format_number(max(limits), unit)
        width = least if least == most else f"{least} (in the coarsest photo {most})"
        yield (
            f"{_of_all(len(limits), len(done))}: in photos like those of the test set "
            f"({facts.get('test_set', 'not named')}), pieces 20 px long of cracks of {width} "
            "and wider are found in 9 of 10 cases (95 % confidence). Thinner cracks "
            "may be there unmarked."
        )
        if false_marks := facts.get("false_marks"):
            share = false_marks.removeprefix("false marks: ").rstrip(".")
            yield f"False marks, where there is no crack: {share}."


def _tell_unknown_limits(done: Sequence[Record]) -> Iterator[str]:
    """Why the limit is not known, with the number of photos of each reason."""
    notes: dict[str, list[str]] = {}
    for note in filter(None, (row.get("limit_note") for row in done)):
        # Behind a colon stands the number of the photo.
        notes.setdefault(note.partition(": ")[0], []).append(note)
    for reason, of in sorted(notes.items(), key=lambda item: -len(item[1]))[:_N_NOTES]:
        why = (of[0] if len(set(of)) == 1 else reason).rstrip(".")
        yield f"{_of_all(len(of), len(done))}: the detection limit is not known ({why})."


def _of_all(count: int, n_photos: int) -> str:
    return "All photos" if count == n_photos else f"{count} of {count_of(n_photos, 'photo')}"


def _write_lead(photos: Sequence[InspectedPhoto], facts: InspectionFacts) -> str:
    by = " and ".join(filter(None, (facts.get("model"), facts.get("software"))))
    n_done = sum(one.is_done for one in photos)
    searched = f"{count_of(n_done, 'photo')} searched for cracks" + (f" by {by}." if by else ".")
    if labels := facts.get("labels"):
        searched += f" A crack is what the labels of {labels} call crack."
    return searched


def list_numbers(photos: Sequence[InspectedPhoto], facts: InspectionFacts) -> Iterator[KeyNumber]:
    """List the numbers of the first screen, of the report and of the command."""
    if facts.get("task") == "classification":
        return _number_labels(photos, facts)
    return _number_cracks(photos)


def _number_cracks(photos: Sequence[InspectedPhoto]) -> Iterator[KeyNumber]:
    n_done = sum(one.is_done for one in photos)
    if n_done and all(one.record.get("cracks") is None for one in photos):
        yield KeyNumber("Photos", format_number(n_done), "masks alone: nothing was measured")
        return
    sure = [crack for one in photos for crack in one.sure]
    ranked = [crack for one in photos for crack in one.ranked if has_width(crack)]
    cut = [crack for one in photos for crack in one.cut]
    doubtful = [crack for one in photos for crack in one.doubtful]
    n_cracked = sum(bool(one.sure) for one in photos)
    below = f"in {n_cracked} of {count_of(n_done, 'photo')}"
    yield KeyNumber("Cracks", format_number(len(sure)), below)
    if cut:
        below = "outside of the photo they may be longer and wider"
        yield KeyNumber("Cracks cut by the border", format_number(len(cut)), below)
    yield KeyNumber("Doubtful cracks", format_number(len(doubtful)), "listed and counted apart")
    lengths = _tell_others(_add_lengths(cut), _add_lengths(doubtful))
    yield KeyNumber("Total length", _add_lengths(sure), lengths)
    if ranked:
        worst = max(ranked, key=rank_crack)
        value, interval = _measure(worst, RANKED_BY)
        below = _level(interval) + ("; cut by the border" if is_cut(worst) else "")
        yield KeyNumber("Widest crack, 95th percentile", value, below)


def _tell_others(cut: str, doubtful: str) -> str:
    """Share that is cut by the border and share that is doubtful; "0" is left out."""
    parts = {"cut by the border": cut, "doubtful": doubtful}
    told = [f"{value} {name}" for name, value in parts.items() if value not in ("", "0")]
    return f"and {list_words(told)}" if told else ""


def _add_lengths(cracks: Sequence[Record]) -> str:
    """Length of cracks together, of those without a scale apart."""
    lengths = {"mm": 0.0, "px": 0.0}
    for crack in cracks:
        lengths[unit_of(crack)] += crack.get(f"length_{unit_of(crack)}") or 0.0
    written = [_format_length(length, unit) for unit, length in lengths.items() if length]
    return " and ".join(written) or "0"


def _format_length(length: float, unit: str) -> str:
    is_long = unit == "mm" and length >= 1000
    return format_number(length / 1000, "m") if is_long else format_number(length, unit)


def _number_labels(photos: Sequence[InspectedPhoto], facts: InspectionFacts) -> Iterator[KeyNumber]:
    known = [one.probability for one in photos if one.probability is not None]
    threshold = facts.get("threshold", 0.5)
    below = f"probability at least {format_threshold(threshold)}"
    yield KeyNumber("Photos", format_number(len(known)), "")
    yield KeyNumber("Called cracked", format_number(sum(p >= threshold for p in known)), below)
    if known:
        yield KeyNumber("Highest probability", format_number(max(known)))


def _measure(crack: Record, name: str) -> tuple[str, str]:
    """A width or the length, and its bounds, in the unit of the crack."""
    unit = unit_of(crack)
    value, low, high = (crack.get(f"{name}{part}_{unit}") for part in ("", "_low", "_high"))
    if value is None:
        return ABSENT, ""
    bounds = format_interval(low or None, high, unit)  # a crack of no width says nothing
    below = bounds or "± not known"
    if name == "length" and crack.get("smoothing_px") is not None:
        below += f"; σ\u00a0{format_number(crack['smoothing_px'], 'px')}"
    return format_number(value, unit), below


def _level(bounds: str) -> str:
    """Say that bounds are of 95 %, where there are any."""
    return f"95 %: {bounds}" if bounds[:1].isdecimal() or bounds.startswith("up") else bounds


def _name(crack: Record) -> str:
    """Name of a crack within its photo."""
    return str(crack.get("crack_id") or "").rpartition("#")[2]


def _place(crack: Record, name: str) -> str:
    x, y = (crack.get(f"{name}_{axis}_px") for axis in "xy")
    return "" if x is None or y is None else f"at {x:.0f}, {y:.0f}"


def _tabulate_photo(photo: InspectedPhoto) -> list[Table]:
    header = ("Crack", *_MEASURES.values(), "Widest place", "Direction", "Probability")
    rows: list[Row] = []
    cracks = list(filter(has_width, (*photo.ranked, *photo.doubtful)))
    for crack in cracks[:_N_OF_PHOTO]:
        unit = unit_of(crack)
        largest = format_number(crack.get(f"largest_width_{unit}"), unit)
        branches, loops = (int(crack.get(name) or 0) for name in ("branches", "loops"))
        parts = [f"{branches} branches"] * (branches > 1) + [count_of(loops, "loop")] * (loops > 0)
        angle, contrast = crack.get("orientation_deg"), crack.get("contrast")
        rows.append(
            (
                (_name(crack), _doubt_in_short(crack)),
                *(_measure(crack, name) for name in _MEASURES),
                (largest, _place(crack, "largest")),
                (ABSENT if angle is None else f"{angle:.0f}°", ", ".join(parts)),
                (
                    format_number(crack.get("mean_probability")),
                    "" if contrast is None else f"contrast {format_number(contrast)}",
                ),
            )
        )
    caption = _caption("Cracks of this photo", len(cracks), _N_OF_PHOTO)
    return [Table(caption, header, rows, is_prose=True)] if rows else []


def _tabulate_worst(photos: Sequence[InspectedPhoto], anchors: Mapping[str, str]) -> list[Table]:
    """The worst cracks of all photos, and a second table of the next ones."""
    cracks = _sort((crack, one) for one in photos for crack in one.ranked)
    header = ("Photo", "Crack", *_MEASURES.values())
    rows = tuple(
        (
            _link(one, anchors),
            (_name(crack), _doubt_in_short(crack) or _place(crack, "p95")),
            *(_measure(crack, name) for name in _MEASURES),
        )
        for crack, one in cracks[:_N_CRACKS]
    )
    parts = (("The widest", rows[:_N_TOP]), (_caption("The next", len(cracks)), rows[_N_TOP:]))
    return [Table(caption, header, part, is_prose=True) for caption, part in parts if part]


def _tabulate_doubtful(photos: Sequence[InspectedPhoto], anchors: Mapping[str, str]) -> list[Table]:
    cracks = _sort((crack, one) for one in photos for crack in one.doubtful)
    header = ("Photo", "Crack", "Why", _MEASURES[RANKED_BY], _MEASURES["length"])
    rows = tuple(
        (
            _link(one, anchors),
            (_name(crack), _place(crack, "p95")),
            as_sentence(str(crack.get("doubt") or "")),
            _measure(crack, RANKED_BY),
            _measure(crack, "length"),
        )
        for crack, one in cracks[:_N_CRACKS]
    )
    caption = _caption("Doubtful cracks", len(cracks))
    return [Table(caption, header, rows, is_prose=True)] if rows else []


def _sort(
    cracks: Iterable[tuple[Record, InspectedPhoto]],
) -> list[tuple[Record, InspectedPhoto]]:
    """Cracks with a width, the widest first."""
    wide = (pair for pair in cracks if has_width(pair[0]))
    return sorted(wide, key=lambda pair: rank_crack(pair[0]), reverse=True)


def _doubt_in_short(crack: Record) -> str:
    if not crack.get("doubtful"):
        return ""
    return "cut by the border" if is_cut(crack) else "doubtful"


def _caption(what: str, count: int, most: int = _N_CRACKS) -> str:
    return f"{what}: the first {most} of {format_number(count)}" if count > most else what


def _tabulate_photos(photos: Sequence[InspectedPhoto], anchors: Mapping[str, str]) -> list[Table]:
    """All photos; of many the limit alone, whose sentences are in ``photos.csv``."""
    done = [one for one in photos if one.is_done]
    is_of_labels = any(one.probability is not None for one in done)
    are_few = len(done) <= _N_STATED
    header = ("Photo", "Probability") if is_of_labels else ("Photo", "Cracks", "Length", "Scale")
    rows = []
    for one in done:
        cells: Row = (format_number(one.probability),) if is_of_labels else _count_cells(one)
        rows.append((_link(one, anchors), *cells, one.statement if are_few else one.limit))
    last = "What could be seen" if are_few else "Detection limit"
    title = f"All {count_of(len(rows), 'photo')}"
    return [Table(title, (*header, last), rows, is_prose=True)] if rows else []


def _count_cells(photo: InspectedPhoto) -> Row:
    parts = (photo.sure, photo.cut, photo.doubtful)
    counts = [str(len(part)) for part in parts]
    lengths = list(map(_add_lengths, parts))
    return *((sure, _tell_others(*others)) for sure, *others in (counts, lengths)), photo.scale


def _link(photo: InspectedPhoto, anchors: Mapping[str, str]) -> Cell:
    href = anchors.get(photo.name, photo.overlay)
    return Link(photo.name, photo.metadata, href) if href else (photo.name, photo.metadata)


def _describe_photo(photo: InspectedPhoto) -> str:
    """Caption of a photo's picture."""
    if photo.probability is not None:
        return f"Probability of a crack: {format_number(photo.probability)}."
    found = [count_of(len(photo.sure), "crack")] if photo.sure else []
    found += [f"{count_of(len(photo.cut), 'crack')} cut by the border"] if photo.cut else []
    found += [count_of(len(photo.doubtful), "doubtful crack")] if photo.doubtful else []
    value, bounds = _measure((photo.ranked or photo.cracks)[0], RANKED_BY)
    wide = f"{value} wide" if len(photo.cracks) == 1 else f"the widest {value}"
    widest = f", {wide} ({_level(bounds)})" if bounds else ""
    return f"{list_words(found)}{widest}."


def _list_doubts(photo: InspectedPhoto) -> list[str]:
    return [
        as_sentence(f"{_name(crack)} is doubtful: {crack.get('doubt') or ''}")
        for crack in photo.doubtful
        if has_width(crack)
    ]


def _compare_with_gauge(checks: pd.DataFrame) -> tuple[str, list[Table]]:
    """Bias and limits of agreement with a crack gauge, and the readings.

    Source:
        Bland, Altman (1986), https://doi.org/10.1016/S0140-6736(86)90837-8
    """
    difference = (checks["measured_mm"] - checks["width_mm"]).dropna()
    n, unmarked = len(difference), len(checks) - len(difference)
    text = f"{count_of(len(checks), 'reading')} of a crack gauge"
    text += f", {unmarked} of them where no width was measured. " if unmarked else ". "
    if n:
        bias = float(difference.mean())
        side = "wider" if bias >= 0 else "narrower"
        text += f"The program reads {format_number(abs(bias), 'mm')} {side} on average (n = {n})"
    if n > 1:
        reach = 1.96 * float(difference.std(ddof=1))
        limits = format_interval(bias - reach, bias + reach, "mm", signed=True)
        text += f"; 95 % of the differences lie between {limits}".replace(" to ", " and ")
        text += " (limits of agreement)"
        text += ". Fewer than ten readings say little" if n < _FEW_READINGS else ""
    rows = tuple(
        (
            (str(row["photo"]), f"at {row['x']:.0f}, {row['y']:.0f}"),
            format_number(row["width_mm"], "mm"),
            (format_number(row["measured_mm"], "mm"), row.get("note") or _name(row)),
            ABSENT
            if row["measured_mm"] is None
            else format_number(row["measured_mm"] - row["width_mm"], "mm", signed=True),
        )
        for row in read_rows(checks)
    )
    header = ("Photo", "Gauge", "Program", "Program less gauge")
    return as_sentence(text), [Table("Readings", header, rows)]


def _list_facts(
    photos: Sequence[InspectedPhoto], facts: InspectionFacts
) -> Iterator[tuple[str, str]]:
    for name, label in _SETTINGS.items():
        if (value := facts.get(name)) and value != "none":
            yield label, str(value)
    if (threshold := facts.get("threshold")) is not None:
        yield "Threshold of the probability", format_threshold(threshold)
    scales = dict.fromkeys(
        ": ".join(filter(None, one.scale[::-1])) for one in photos if one.is_done
    )
    if scales and facts.get("task") != "classification":
        yield "Scale", name_some(list(scales))
    for name, value in (facts.get("settings") or {}).items():
        yield name, format_number(value)
