"""Report of ingestion: counts of what was found, mended and set aside, and their text."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from crack_pipeline.errors import ManifestError
from crack_pipeline.ingestion.contradictions import TWO_LABELS, report_contradictions
from crack_pipeline.ingestion.corrections import LEFT_OUT
from crack_pipeline.ingestion.grouping import LINK_KINDS, SEARCHES, expect_leakage
from crack_pipeline.ingestion.repairs import explain_mending
from crack_pipeline.manifest import OK, SET_ASIDE, require_for_task
from crack_pipeline.masks.repair import DOUBTS
from crack_pipeline.sources.files import kind_of
from crack_pipeline.task_specs import task_names
from crack_pipeline.types import SPLITS
from crack_pipeline.wording.phrases import count_of, name_some

Report = dict[str, Any]

CLAIM = (
    "No known duplicate or overlapping patch crosses the split. That no photo of one place crosses "
    "it cannot be told from the files alone."
)
CROSSING = (
    "Groups that cross the split: {n_groups}, with {n_photos} photos, since photos that are linked "
    "with official test or validation photos were kept: the test flatters."
)
NOT_DIVIDED = "The photos could not be divided: there is no split to say anything of."
KEPT = "kept in train, or in official validation: the official test flatters"

_SIZES_SHOWN = 8
_GROUPS_SHOWN = 10


def report_manifest(
    manifest: pd.DataFrame,
    photos: pd.DataFrame,
    links: pd.DataFrame,
    *,
    head: Mapping[str, str],
    leaking_train: str = "drop",
) -> Report:
    """Count everything that ingestion has to say about a data set.

    Args:
        manifest: A validated manifest; without splits where the photos cannot be divided.
        photos: The photos that it was made from, as ``divide_grouped`` gives them.
        links: What links the photos of a group, as ``group_checked`` gives it.
        head: Name, source and folder of the data set, and why it cannot be divided.
        leaking_train: What happens to train and validation photos that leak.

    Returns:
        Nested counts, ready for JSON.
    """
    usable = manifest[manifest["status"] == OK]
    aside = manifest[manifest["status"] == SET_ASIDE]
    contradicting = report_contradictions(photos)
    return {
        **head,
        "files": len(manifest),
        "usable": len(usable),
        "set_aside": len(aside),
        "set_aside_by_reason": _count(aside["reason"].map(kind_of)),
        "set_aside_files": dict(zip(aside["image_id"], aside["reason"], strict=True)),
        "mended": _count_mended(usable["mended"]),
        "doubtful_files": _list_doubtful(usable),
        "labels": _count_labels(usable),
        "masks": int(usable["mask_path"].notna().sum()),
        "splits": {part: _count_split(usable[usable["split"] == part]) for part in SPLITS},
        "folds": {str(fold): _count_split(found) for fold, found in usable.groupby("fold")},
        "groups": _count_groups(usable),
        "duplicates": _count_duplicates(usable, contradicting["contents"]),
        "contradicting_labels": contradicting,
        "leakage": {**_count_leakage(photos, links), **_judge_split(usable)},
        "leaking_into_official_splits": _name_leaks(photos, leaking_train),
        "sizes_px": _count_sizes(usable),
        "fit_for": {task: _judge_fitness(manifest, task) for task in task_names()},
    }


def _count(values: pd.Series) -> dict[str, int]:
    return {str(value): int(n) for value, n in values.value_counts().items()}


def _count_mended(mended: pd.Series) -> dict[str, int]:
    names = Counter(name for row in mended for name in row.split(";") if name)
    return {name: n for name, n in names.most_common() if name not in DOUBTS}


def _list_doubtful(photos: pd.DataFrame) -> dict[str, str]:
    """Photos that are used although their mask looks wrong → what is doubted."""
    doubted = {
        image_id: DOUBTS.intersection(names.split(";"))
        for image_id, names in zip(photos["image_id"], photos["mended"], strict=True)
    }
    return {
        str(image_id): "; ".join(map(explain_mending, sorted(names)))
        for image_id, names in doubted.items()
        if names
    }


def _count_labels(photos: pd.DataFrame) -> dict[str, int]:
    labels = photos["label"]
    return {
        "crack": int((labels == 1).sum()),
        "no_crack": int((labels == 0).sum()),
        "unknown": int(labels.isna().sum()),
    }


def _count_split(photos: pd.DataFrame) -> dict[str, int]:
    n_groups = int(photos["group_id"].nunique())
    return {"photos": len(photos), **_count_labels(photos), "groups": n_groups}


def _count_groups(photos: pd.DataFrame) -> Report:
    sizes = photos["group_id"].value_counts()
    largest = sizes.sort_index().sort_values(ascending=False, kind="stable")
    largest = largest[largest > 1].head(_GROUPS_SHOWN)
    return {
        "count": len(sizes),
        "of_several_photos": int((sizes > 1).sum()),
        "groups_by_size": {
            str(size): int(n) for size, n in sizes.value_counts().sort_index().items()
        },
        "largest": {str(group): int(size) for group, size in largest.items()},
    }


def _count_duplicates(photos: pd.DataFrame, n_contradicting: int) -> dict[str, int]:
    return {
        "distinct_contents": int(photos["sha256"].nunique()),
        "exact_copies": int(photos["sha256"].duplicated().sum()),
        "contents_with_contradicting_labels": n_contradicting,
    }


def _count_leakage(photos: pd.DataFrame, links: pd.DataFrame) -> Report:
    """Expected leakage of a random split of all usable photos and of those dropped as leaking."""
    photos = photos[(photos["reason"] == "") | photos["leaks_into"].notna()]
    sizes = photos["group_id"].value_counts()
    kinds = {kind: links[links["kind"] == kind] for kind in LINK_KINDS}
    linked = {
        kind: len(set(found["first_id"]) | set(found["second_id"])) for kind, found in kinds.items()
    }
    return {
        "photos": len(photos),
        "groups": len(sizes),
        "groups_of_several_photos": int((sizes > 1).sum()),
        "photos_in_them": int(sizes[sizes > 1].sum()),
        "largest_group": int(sizes.max()) if len(sizes) else 0,
        "photos_linked_by": linked,
        "links": {kind: len(found) for kind, found in kinds.items()},
        "random_80_20": expect_leakage(photos["group_id"]),
        "searches": links.attrs.get(SEARCHES, {}),
    }


def _judge_split(photos: pd.DataFrame) -> Report:
    """Count the groups that cross the split, and say what follows."""
    divided = photos[photos["split"].notna()]
    parts_of = divided.groupby("group_id")["split"].transform("nunique")
    crossing = divided[parts_of > 1]
    n_groups = int(crossing["group_id"].nunique())
    claim = CROSSING.format(n_groups=n_groups, n_photos=len(crossing)) if n_groups else CLAIM
    return {
        "groups_that_cross_the_split": n_groups,
        "claim": NOT_DIVIDED if divided.empty else claim,
    }


def _name_leaks(photos: pd.DataFrame, leaking_train: str) -> Report:
    """Train and validation photos that an official photo is linked with, by name."""
    leaks = photos[photos["leaks_into"].notna()]
    n_validation = int((leaks["official_split"] == "validation").sum())
    is_official = photos["official_split"].isin(["test", "validation"])
    is_held = is_official & (photos["reason"] == "") & photos["leaks_into"].isna()
    concerned = photos[is_held & photos["group_id"].isin(leaks["group_id"])]
    columns = ("image_id", "leaks_into", "leak_partner", "leak_link")
    named = zip(*(leaks[column] for column in columns), strict=True)
    return {
        "leaking_train": leaking_train,
        "train_photos": len(leaks) - n_validation,
        "validation_photos": n_validation,
        "what_happens": "set aside" if leaking_train == "drop" else KEPT,
        "by_link": _count(leaks["leak_link"]),
        "photos": {
            str(photo): {"part": str(part), "partner": str(partner), "linked_by": str(link)}
            for photo, part, partner, link in named
        },
        "official_photos": sorted(map(str, concerned["image_id"])),
    }


def _count_sizes(photos: pd.DataFrame) -> dict[str, int]:
    sizes = photos["width_px"].astype(str) + "×" + photos["height_px"].astype(str)
    counted = _count(sizes)
    shown = dict(list(counted.items())[:_SIZES_SHOWN])
    rest = sum(counted.values()) - sum(shown.values())
    return shown | ({"other": rest} if rest else {})


def _judge_fitness(manifest: pd.DataFrame, task: Any) -> str:
    try:
        require_for_task(manifest, task)
    except ManifestError as error:
        return f"no: {error.received}"
    return "yes"


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
    n_groups, share = round(random["groups_that_cross"]), random["share_of_test_photos"]
    several, n_crossing = groups["of_several_photos"], linked["groups_that_cross_the_split"]
    lines = [
        f"Ingested {count_of(report['files'], 'file')} of source {report['source']} from "
        f"{report['folder']}",
        _line("usable", report["usable"]),
        *_line_if(report["set_aside"], "set aside", report["set_aside"]),
        *_lines(report["set_aside_by_reason"]),
        *_line_if(report["mended"], "mended or noted", ""),
        *_lines({explain_mending(name): n for name, n in report["mended"].items()}),
        *_line_if(doubtful, "doubtful masks", len(doubtful)),
        _line("sizes", ", ".join(f"{size} px: {n}" for size, n in report["sizes_px"].items())),
        *_line_if(several, "groups", f"{groups['count']}, {several} of several photos"),
        *_line_if(duplicates["exact_copies"], "exact copies", duplicates["exact_copies"]),
        *(
            _line(f"linked by {kind}", count_of(n, "photo"))
            for kind, n in linked["photos_linked_by"].items()
            if n and kind != "copy"
        ),
        *_line_if(
            n_groups,
            "a random 80/20 split",
            f"would cut {count_of(n_groups, 'group')}, so that {share:.1%} of the test photos leak",
        ),
        *_contradiction_lines(report["contradicting_labels"]),
        *_leak_lines(leaks),
        *_line_if(n_crossing, "across the split", count_of(n_crossing, "group")),
        *_split_table(report["splits"]),
        *(_line(f"can train {task}", verdict) for task, verdict in report["fit_for"].items()),
    ]
    return "\n".join(lines)


def describe_set_aside(report: Mapping[str, Any], *, report_file: str) -> str:
    """Say what is wrong with the files that were set aside, and what to do.

    What the user leaves out is no fault and is not spoken of, and of contradicting labels
    ``describe_contradicting`` speaks.

    Args:
        report: As ``report_manifest`` gives it.
        report_file: Where the report is written.

    Returns:
        Rule, received, remedy, as errors have them; empty where nothing is wrong.
    """
    wrong = {
        name: reason
        for name, reason in report["set_aside_files"].items()
        if not reason.startswith((LEFT_OUT, TWO_LABELS))
    }
    if not wrong:
        return ""
    kinds = Counter(map(kind_of, wrong.values())).most_common(_NAMES_SHOWN)
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


def _contradiction_lines(contradicting: Mapping[str, Any]) -> Iterable[str]:
    if photos := contradicting["photos"]:
        named = name_some([f"{photo} ({told})" for photo, told in photos.items()])
        said = f"{len(photos)} {contradicting['what_happens']}: {named}"
        yield _line("contradicting labels", said)


def _leak_lines(leaks: Mapping[str, Any]) -> Iterable[str]:
    counts = {part: leaks[f"{part}_photos"] for part in ("train", "validation")}
    found = [count_of(n, f"{part} photo") for part, n in counts.items() if n]
    if found:
        yield _line("leaking official split", ", ".join([*found, leaks["what_happens"]]))
        yield from _lines(leaks["by_link"])


def _line(name: str, value: object) -> str:
    return f"  {name:<{_LABEL_WIDTH}} {value}".rstrip()


def _line_if(is_said: object, name: str, value: object) -> list[str]:
    return [_line(name, value)] if is_said else []


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
