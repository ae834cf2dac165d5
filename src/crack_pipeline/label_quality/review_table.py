"""The table that the user edits: what was found, and what is to be done about it.

The user's own: ``action``, ``note``, and every column that is not in ``COLUMNS``. A row that holds
one of these stays as long as the file does.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from crack_pipeline.manifest import OK
from crack_pipeline.review_file import ReviewFile, read_review_file
from crack_pipeline.storage import explain_write_errors, write_bytes_aside

COLUMNS = ("image_id", "rank", "score", "reason", "action", "note", "state")

_FOUND = ("image_id", "rank", "score", "reason", "state")
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
    return ReviewFile(moved, found.separator)


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
    found = _as_text(ranked).set_index("image_id")
    listed = found[~found.index.isin(decided) & (ranked["score"] > 0).to_numpy()].head(worst)
    new = listed[~listed.index.isin(kept["image_id"])].reset_index()
    renewed = kept.assign(
        rank=kept["image_id"].map(found["rank"]).fillna(""),
        score=kept["image_id"].map(found["score"]).fillna(kept["score"]),
        state=_describe_state(kept["image_id"], manifest),
    )
    rows = pd.concat([renewed, new]).reindex(columns=[*COLUMNS, *own]).fillna("").astype("string")
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
    text = table.rows.to_csv(index=False, sep=table.separator, lineterminator="\n")
    # With the mark that spreadsheets need to tell UTF-8.
    content = text.encode("utf-8-sig")
    with explain_write_errors("The review table is written where the user edits it.", path.parent):
        previous = path.read_bytes() if path.exists() else content
        if previous != content:
            write_bytes_aside(path.with_name(f"{path.stem}_previous{path.suffix}"), previous)
        write_bytes_aside(path, content)


def _as_text(ranked: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": ranked["image_id"].astype("string"),
            "rank": ranked["rank"].astype("string"),
            "score": ranked["score"].map("{:.3f}".format).astype("string"),
            "reason": ranked["reason"].astype("string"),
        }
    )


def _describe_state(image_ids: pd.Series, manifest: pd.DataFrame) -> pd.Series:
    states = manifest.set_index("image_id")
    told = (_SET_ASIDE + states["reason"]).where(states["status"] != OK, "")
    return image_ids.map(told).fillna(_GONE)
