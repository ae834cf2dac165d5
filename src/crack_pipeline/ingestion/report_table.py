"""The report as a table of one screen."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from crack_pipeline.ingestion.corrections import LEFT_OUT
from crack_pipeline.ingestion.repairs import explain_mending
from crack_pipeline.wording.phrases import count_of

_NAMES_SHOWN = 8
_FILES_NAMED = 3
_LABEL_WIDTH = 24


def format_report(report: Mapping[str, Any]) -> str:
    """Lay out the counts of an ingestion report for the log.

    Args:
        report: As ``report_manifest`` gives it.

    Returns:
        At most about twenty lines; what would count nothing is left out.
    """
    duplicates, groups, linked = report["duplicates"], report["groups"], report["leakage"]
    leaks, doubtful = report["leaking_into_official_splits"], report["doubtful_files"]
    random = linked["random_80_20"]
    lines = [
        f"Ingested {count_of(report['files'], 'file')} of source {report['source']} from "
        f"{report['folder']}",
        _line("usable", report["usable"]),
        *([_line("set aside", report["set_aside"])] if report["set_aside"] else []),
        *_lines(report["set_aside_by_reason"]),
        *([_line("mended or noted", "")] if report["mended"] else []),
        *_lines({f"{explain_mending(name)}": n for name, n in report["mended"].items()}),
        *([_line("doubtful masks", len(doubtful))] if doubtful else []),
        _line("sizes", ", ".join(f"{size} px: {n}" for size, n in report["sizes_px"].items())),
        *_group_lines(groups["count"], groups["of_several_photos"]),
        *([_line("exact copies", n)] if (n := duplicates["exact_copies"]) else []),
        *(
            _line(f"linked by {kind}", count_of(n, "photo"))
            for kind, n in linked["photos_linked_by"].items()
            if n and kind != "copy"
        ),
        *_random_lines(random["groups_that_cross"], random["share_of_test_photos"]),
        *_leak_lines(leaks),
        *_crossing_lines(linked["groups_that_cross_the_split"]),
        *_split_table(report["splits"]),
        *(_line(f"can train {task}", verdict) for task, verdict in report["fit_for"].items()),
    ]
    return "\n".join(lines)


def describe_set_aside(report: Mapping[str, Any], *, report_file: str) -> str:
    """Say what is wrong with the files that were set aside, and what to do.

    What the user leaves out is no fault and is not spoken of.

    Args:
        report: As ``report_manifest`` gives it.
        report_file: Where the report is written.

    Returns:
        Rule, received, remedy, as errors have them; empty where nothing is wrong.
    """
    wrong = {
        name: reason
        for name, reason in report["set_aside_files"].items()
        if not reason.startswith(LEFT_OUT)
    }
    if not wrong:
        return ""
    kinds = Counter(reason.split(":")[0] for reason in wrong.values()).most_common(_NAMES_SHOWN)
    counted = ", ".join(f"{n} × {kind}" for kind, n in kinds)
    named = [f"{name}: {reason}" for name, reason in wrong.items()]
    return (
        "Each photo must be a whole file with a name of its own, have one mask of its name and "
        "size where the photos have masks, and show nothing that an official test photo shows. "
        f"Received: {len(wrong)} of {count_of(report['files'], 'file')} without that ({counted}). "
        f"First: {'; '.join(named[:_FILES_NAMED])}. The run goes on without them; "
        f"{report_file} names them all under set_aside_files. Mend or remove them and ingest again."
    )


def describe_doubtful(report: Mapping[str, Any], *, report_file: str) -> str:
    """Say which masks are used although they look wrong, and what to do.

    Args:
        report: As ``report_manifest`` gives it.
        report_file: Where the report is written.

    Returns:
        Rule, received, remedy; empty where no mask is doubted.
    """
    doubtful = report["doubtful_files"]
    if not doubtful:
        return ""
    named = [f"{name}: {doubt}" for name, doubt in doubtful.items()]
    return (
        "A mask should cover the crack and nothing else. Received: "
        f"{count_of(len(doubtful), 'mask')} that may not. First: "
        f"{'; '.join(named[:_FILES_NAMED])}. They are used as they are; {report_file} names them "
        "all under doubtful_files. Look at them with `kedro run --pipeline=review`, with the same "
        "--env and --params."
    )


def _leak_lines(leaks: Mapping[str, Any]) -> Iterable[str]:
    counts = {part: leaks[f"{part}_photos"] for part in ("train", "validation")}
    found = [count_of(n, f"{part} photo") for part, n in counts.items() if n]
    if found:
        yield _line("leaking official split", ", ".join([*found, leaks["what_happens"]]))
        yield from _lines(leaks["by_link"])


def _group_lines(count: int, of_several: int) -> Iterable[str]:
    if of_several:
        yield _line("groups", f"{count}, {of_several} of several photos")


def _random_lines(n_groups: float, share: float) -> Iterable[str]:
    if round(n_groups):
        cut = f"would cut {count_of(round(n_groups), 'group')}"
        yield _line("a random 80/20 split", f"{cut}, so that {share:.1%} of the test photos leak")


def _crossing_lines(n_groups: int) -> Iterable[str]:
    if n_groups:
        yield _line("across the split", count_of(n_groups, "group"))


def _line(name: str, value: object) -> str:
    return f"  {name:<{_LABEL_WIDTH}} {value}".rstrip()


def _lines(counts: Mapping[str, int]) -> Iterable[str]:
    shown = list(counts.items())[:_NAMES_SHOWN]
    yield from (f"    {n:>6} × {name}" for name, n in shown)
    if len(counts) > len(shown):
        yield f"    and {count_of(len(counts) - len(shown), 'more kind')}"


def _split_table(splits: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
    columns = list(next(iter(splits.values())))
    yield f"  {'split':<12}" + "".join(f"{name.replace('_', ' '):>10}" for name in columns)
    for split, counts in splits.items():
        yield f"  {split:<12}" + "".join(f"{counts[name]:>10}" for name in columns)
