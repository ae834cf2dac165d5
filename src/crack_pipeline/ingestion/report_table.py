"""The report as a table of one screen."""

from collections.abc import Iterable, Mapping
from typing import Any

_NAMES_SHOWN = 8
_LABEL_WIDTH = 24


def format_report(report: Mapping[str, Any]) -> str:
    """Lay out the counts of an ingestion report for the log.

    Args:
        report: As ``report_manifest`` gives it.

    Returns:
        About twenty lines.
    """
    duplicates, groups = report["duplicates"], report["groups"]
    lines = [
        f"Ingested {report['files']} files of source {report['source']} from {report['folder']}",
        _line("usable", report["usable"]),
        _line("set aside", report["set_aside"]),
        *_lines(report["set_aside_by_reason"]),
        _line("mended while reading", "" if report["mended"] else "nothing"),
        *_lines(report["mended"]),
        _line("sizes", ", ".join(f"{size} px: {n}" for size, n in report["sizes_px"].items())),
        _line("groups", f"{groups['count']}, {groups['of_several_photos']} of several photos"),
        _line("exact copies", f"{duplicates['exact_copies']}"),
        _line("near-duplicates", f"{duplicates['photos_with_near_duplicate']} photos"),
        *_split_table(report["splits"]),
        *(_line(f"fit for {task}", verdict) for task, verdict in report["fit_for"].items()),
    ]
    return "\n".join(lines)


def describe_set_aside(report: Mapping[str, Any]) -> str:
    """Say what is wrong with the files that were set aside, and what to do.

    Args:
        report: As ``report_manifest`` gives it, with at least one file set aside.

    Returns:
        Rule, received, remedy, as errors have them.
    """
    kinds = list(report["set_aside_by_reason"].items())
    counted = ", ".join(f"{n} × {kind}" for kind, n in kinds[:_NAMES_SHOWN])
    return (
        "Each photo must be whole, with a stem of its own and, where masks belong to it, one mask "
        f"of its stem and size. Received: {report['set_aside']} of {report['files']} files without "
        f"that ({counted}). The run goes on without them; mend or remove them by the names in "
        "ingestion.json and ingest again."
    )


def _line(name: str, value: object) -> str:
    return f"  {name:<{_LABEL_WIDTH}} {value}".rstrip()


def _lines(counts: Mapping[str, int]) -> Iterable[str]:
    shown = list(counts.items())[:_NAMES_SHOWN]
    yield from (f"    {n:>6} × {name}" for name, n in shown)
    if len(counts) > len(shown):
        yield f"    and {len(counts) - len(shown)} more kinds"


def _split_table(splits: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
    columns = list(next(iter(splits.values())))
    yield f"  {'split':<12}" + "".join(f"{name.replace('_', ' '):>10}" for name in columns)
    for split, counts in splits.items():
        yield f"  {split:<12}" + "".join(f"{counts[name]:>10}" for name in columns)
