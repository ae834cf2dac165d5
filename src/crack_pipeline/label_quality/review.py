"""The table that the user edits, and the counts of a review for JSON and for the log."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from crack_pipeline.label_quality.findings import Findings
from crack_pipeline.label_quality.pair_features import FEATURE_NAMES
from crack_pipeline.manifest import OK
from crack_pipeline.review_file import IMAGE_FILE, ReviewFile, read_review_file
from crack_pipeline.spreadsheets import write_sheet
from crack_pipeline.storage import explain_write_errors, write_bytes_aside

COLUMNS = ("image_id", "rank", "score", "reason", "action", "note", "state", IMAGE_FILE)

_FOUND = ("image_id", "rank", "score", "reason", "state", IMAGE_FILE)
_GONE = "not in the manifest any more"
_SET_ASIDE = "set aside: "


def read_review_table(path: Path) -> ReviewFile:
    """Read the table, however a spreadsheet has saved it.

    Args:
        path: The CSV; there may be none yet.

    Returns:
        Its rows, the columns of ``COLUMNS`` first, then the user's own; none where there is no
        file. What the user wrote into ``state`` has moved to ``note``.

    Raises:
        ParameterError: If it is damaged, or lacks the columns ``image_id`` and ``action``.
    """
    if not path.exists():
        return ReviewFile(pd.DataFrame(columns=list(COLUMNS), dtype="string"))
    found = read_review_file(path, COLUMNS)
    own = [name for name in found.rows.columns if name not in COLUMNS]
    rows = found.rows.reindex(columns=[*COLUMNS, *own], fill_value="").fillna("")
    ours = rows["state"].str.startswith(_SET_ASIDE) | rows["state"].isin(["", _GONE])
    told = (rows["note"] + "; " + rows["state"]).str.removeprefix("; ")
    moved = rows.assign(note=rows["note"].where(ours, told), state=rows["state"].where(ours, ""))
    return replace(found, rows=moved)


def merge_review(
    table: ReviewFile, ranked: pd.DataFrame, manifest: pd.DataFrame, *, worst: int
) -> ReviewFile:
    """Bring new findings into the table without losing what the user wrote.

    Args:
        table: The table as it is.
        ranked: From ``rank_photos``, the worst first.
        manifest: A validated manifest.
        worst: How many photos to list that nobody has decided about.

    Returns:
        The table: by rank, then the rows of photos that are not ranked any more. Rows that the
        user wrote in keep their reason; their rank, score and state are renewed.
    """
    old = table.rows
    own = [name for name in old.columns if name not in COLUMNS]
    kept = old[(old.drop(columns=list(_FOUND)) != "").any(axis=1)]
    decided = set(kept.loc[kept["action"] != "", "image_id"])
    text = ranked[["image_id", "rank", "reason"]].astype("string")
    found = text.assign(score=ranked["score"].map("{:.3f}".format)).set_index("image_id")
    listed = found[~found.index.isin(decided) & (ranked["score"] > 0).to_numpy()].head(worst)
    new = listed[~listed.index.isin(kept["image_id"])].reset_index()
    renewed = kept.assign(
        rank=kept["image_id"].map(found["rank"]).fillna(""),
        score=kept["image_id"].map(found["score"]).fillna(kept["score"]),
        state=_describe_state(kept["image_id"], manifest),
    )
    rows = pd.concat([renewed, new]).reindex(columns=[*COLUMNS, *own]).fillna("").astype("string")
    rows[IMAGE_FILE] = rows["image_id"] + rows["image_id"].map(_suffixes_of(manifest)).fillna("")
    ranks = pd.to_numeric(rows["rank"], errors="coerce").to_numpy(float, na_value=np.inf)
    by_rank = rows.iloc[np.argsort(ranks, kind="stable")].reset_index(drop=True)
    return ReviewFile(by_rank, table.separator)


def write_review_table(path: Path, table: ReviewFile) -> None:
    """Write the table; what was there before stays as ``review_previous.csv`` beside it.

    Args:
        path: The CSV.
        table: Its content.

    Raises:
        StorageError: If it cannot be written; the old one is then untouched.
    """
    # With the mark that spreadsheets need to tell UTF-8.
    content = write_sheet(table.rows, table.separator).encode("utf-8-sig")
    with explain_write_errors("The review table is written where the user edits it.", path.parent):
        previous = path.read_bytes() if path.exists() else content
        if previous != content:
            write_bytes_aside(path.with_name(f"{path.stem}_previous{path.suffix}"), previous)
        write_bytes_aside(path, content)


def _suffixes_of(manifest: pd.DataFrame) -> pd.Series:
    return manifest.set_index("image_id")["image_path"].map(lambda path: Path(path).suffix)


def _describe_state(image_ids: pd.Series, manifest: pd.DataFrame) -> pd.Series:
    states = manifest.set_index("image_id")
    told = (_SET_ASIDE + states["reason"]).where(states["status"] != OK, "")
    return image_ids.map(told).fillna(_GONE)


Report: TypeAlias = dict[str, Any]

DOUBTFUL = 0.5
"""A score that three robust standard deviations give."""

_MOST_PRINTED = 10
_LEAST_LINE_PX = 4.0
_WIDTHS = ["mask_width_px", "line_width_px"]


def compare_widths(features: pd.DataFrame) -> list[dict[str, Any]]:
    """Width of masks against the width of the dark lines under them.

    Args:
        features: ``source``, ``split``, ``mask_width_px`` and ``line_width_px``, one row a photo.

    Returns:
        One entry a source and split: number of photos in which both were measured, mean and
        median of the photos' median widths, and the medians of their ratio and difference over the
        photos whose lines are at least 4 px wide (None where there are none): thinner ones look
        wider than they are, by the blur of lens and compression.
    """
    measured = features.dropna(subset=_WIDTHS)
    entries = []
    for (source, split), photos in measured.groupby(["source", "split"], sort=True):
        mask_px, line_px = (photos[name] for name in _WIDTHS)
        sharp = line_px >= _LEAST_LINE_PX
        entries.append(
            {
                "source": source,
                "split": split,
                "photos": len(photos),
                **{
                    f"{name}_{kind}": round(float(photos[name].agg(kind)), 2)
                    for kind in ("mean", "median")
                    for name in _WIDTHS
                },
                "photos_compared": int(sharp.sum()),
                "ratio_median": _median((mask_px / line_px)[sharp]),
                "difference_px_median": _median((mask_px - line_px)[sharp]),
            }
        )
    return entries


def report_review(
    ranked: pd.DataFrame, features: pd.DataFrame, findings: Mapping[str, Findings], *, worst: int
) -> Report:
    """Count findings and list the worst photos with their measurements.

    Args:
        ranked: From ``rank_photos``.
        features: From ``measure_pairs``; may be empty.
        findings: What was scored, by name.
        worst: How many photos to list.

    Returns:
        The report, ready for JSON.
    """
    doubtful = ranked[ranked["score"] >= DOUBTFUL]
    measured = features.set_index("image_id")[list(FEATURE_NAMES)]
    listed = ranked.head(worst).drop(columns="map_path").join(measured, on="image_id")
    return {
        "photos": len(ranked),
        "scored": {name: len(part.scores) for name, part in findings.items()},
        "notes": [note for part in findings.values() for note in part.notes],
        "doubtful": len(doubtful),
        "doubtful_by_check": {
            str(check): int(count) for check, count in doubtful["check"].value_counts().items()
        },
        "mask_widths": compare_widths(features),
        "worst": [_without_nan(row) for row in listed.to_dict("records")],
    }


def format_review(report: Report) -> str:
    """Show a report on one screen.

    Args:
        report: From ``report_review``.

    Returns:
        Several lines.
    """
    scored = ", ".join(f"{count} by {name}" for name, count in report["scored"].items() if count)
    lines = [
        f"Reviewed {report['photos']} photos ({scored}); {report['doubtful']} score 0.5 or more",
        *(
            f"  {count:5d} × {check.replace('_', ' ')}"
            for check, count in report["doubtful_by_check"].items()
        ),
        *(
            f"  widths, {entry['source']} {entry['split']}: masks {entry['mask_width_px_mean']} px,"
            f" dark lines {entry['line_width_px_mean']} px, ratio {entry['ratio_median'] or '?'}"
            for entry in report["mask_widths"]
        ),
        *(
            f"  {row['rank']:3d}. {row['image_id']}  {row['score']:.2f}  {row['reason']}"
            for row in report["worst"][:_MOST_PRINTED]
        ),
    ]
    return "\n".join(lines)


def _median(values: pd.Series) -> float | None:
    return round(float(values.median()), 3) if len(values) else None


def _without_nan(row: Mapping[Any, Any]) -> dict[str, Any]:
    def to_json(value: Any) -> Any:
        if pd.isna(value):
            return None
        return round(float(value), 4) if isinstance(value, float | np.floating) else value

    return {str(name): to_json(value) for name, value in row.items()}
