"""Draw what the search for overlapping crops has joined, to be looked at.

    CRACK_DATA_ROOT=<folder of data sets> python benchmarks/group_sheets.py --out group_sheets

Writes the overlaps that correlate least and those that share least, with the shared part of both
photos side by side, and the largest groups.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray
from overlaps import contents_of
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet
from crack_pipeline.images.reading import read_image
from crack_pipeline.splits.overlaps import find_overlaps
from crack_pipeline.splits.settings import OverlapSettings
from crack_pipeline.splits.symmetries import SYMMETRY_NAMES, apply_symmetry
from crack_pipeline.types import RgbImage

_FRAME_RGB = (255, 120, 0)
_PANELS_A_ROW = 6


def main() -> None:
    """Search and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("CRACK_DATA_ROOT", "../shared/data")) / "metu"
    parser.add_argument("--path", type=Path, default=default, help="folder of folders of photos")
    parser.add_argument("--out", type=Path, default=Path("group_sheets"))
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--shown", type=int, default=10, help="rows of each sheet")
    arguments = parser.parse_args()
    paths = sorted(str(path) for path in arguments.path.glob("*/*.jpg"))
    contents = contents_of(paths)
    found = find_overlaps(paths, contents, OverlapSettings(), n_jobs=arguments.jobs)
    table = found.table.assign(first_path=[paths[row] for row in found.table["first"]])
    table["second_path"] = [paths[row] for row in found.table["second"]]
    arguments.out.mkdir(parents=True, exist_ok=True)
    for column in ("correlation", "shared_share"):
        least = table.sort_values(column).head(arguments.shown)
        save(draw_least(least, column), arguments.out / f"least_{column}.png")
    groups = largest_groups(paths, contents, found.pairs, arguments.shown)
    sheet = draw_groups(groups, read=read_photo, title="The largest groups")
    save(sheet, arguments.out / "largest_groups.png")


def read_photo(path: str) -> RgbImage:
    """Read a photo by its path."""
    return read_image(Path(path))


def draw_least(overlaps: pd.DataFrame, column: str) -> Figure:
    """Draw overlaps with what is known of each."""
    shown = [
        ShownOverlap(
            row.first_path,
            row.second_path,
            row.symmetry,
            row.dx_px,
            row.dy_px,
            f"correlation {row.correlation:.3f}, shared share {row.shared_share:.2f}",
        )
        for row in overlaps.itertuples()
    ]
    return draw_overlaps(shown, read=read_photo, title=f"Overlaps of least {column}")


def largest_groups(
    paths: list[str], contents: list[str], pairs: np.ndarray, n_groups: int
) -> list[tuple[str, list[str]]]:
    """Groups that copies and overlaps connect, the largest first."""
    codes = pd.factorize(pd.Series(contents))[0]
    first_of = pd.Series(range(len(paths))).groupby(codes).transform("min").to_numpy()
    edges = np.vstack([pairs, np.column_stack([np.arange(len(paths)), first_of])])
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (len(paths), len(paths)))
    members = pd.Series(paths).groupby(connected_components(graph, directed=False)[1]).agg(list)
    largest = sorted(members, key=len, reverse=True)[:n_groups]
    return [(f"{len(names)} photos", names) for names in largest]


def save(figure: Figure, path: Path) -> None:
    """Write a sheet and say where."""
    figure.savefig(path, dpi=70, bbox_inches="tight")
    print(path)


@dataclass(frozen=True, slots=True)
class ShownOverlap:
    """Two photos that were taken to overlap.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        symmetry: What flips or turns the second as the first lies.
        dx_px: Column of the first where the flipped second one's left edge lies.
        dy_px: Row where its upper edge lies.
        caption: What is known about it.
    """

    first: str
    second: str
    symmetry: int
    dx_px: int
    dy_px: int
    caption: str


def draw_overlaps(
    overlaps: Sequence[ShownOverlap], *, read: Callable[[str], RgbImage], title: str
) -> Figure:
    """Draw one row for each overlap: both photos with the shared part framed, then it twice.

    Args:
        overlaps: At least one.
        read: Opens a photo by its name.
        title: What is shown, of which data set.

    Returns:
        The figure.
    """
    return draw_sheet(
        [_overlap_row(overlap, read) for overlap in overlaps], title=title, panel_width_in=2.2
    )


def draw_groups(
    groups: Sequence[tuple[str, Sequence[str]]], *, read: Callable[[str], RgbImage], title: str
) -> Figure:
    """Draw the photos of each group in a row, or in several where there are many.

    Args:
        groups: A heading for each, and the names of its photos.
        read: Opens a photo by its name.
        title: What is shown, of which data set.

    Returns:
        The figure.
    """
    rows = [
        PanelRow(
            heading if start == 0 else f"{heading}, continued",
            [Panel(read(name), name) for name in names[start : start + _PANELS_A_ROW]],
        )
        for heading, names in groups
        for start in range(0, max(len(names), 1), _PANELS_A_ROW)
    ]
    return draw_sheet(rows, title=title, panel_width_in=2.2)


def _overlap_row(overlap: ShownOverlap, read: Callable[[str], RgbImage]) -> PanelRow:
    first, stored = read(overlap.first), read(overlap.second)
    second = _turn(stored, overlap.symmetry)
    rows = _shared_range(first.shape[0], second.shape[0], overlap.dy_px)
    columns = _shared_range(first.shape[1], second.shape[1], overlap.dx_px)
    here = (rows[0], columns[0])
    there = (rows[1], columns[1])
    panels = [
        Panel(_frame(first, *here), overlap.first),
        Panel(_frame(second, *there), f"{overlap.second}\n{SYMMETRY_NAMES[overlap.symmetry]}"),
        Panel(first[here], "shared part in the first"),
        Panel(second[there], "in the second"),
    ]
    return PanelRow(overlap.caption, [panel for panel in panels if panel.image.size])


def _turn(photo: RgbImage, symmetry: int) -> RgbImage:
    channels = apply_symmetry(np.moveaxis(photo, -1, 0), symmetry)
    return np.ascontiguousarray(np.moveaxis(channels, 0, -1))


def _shared_range(length_px: int, other_px: int, offset_px: int) -> tuple[slice, slice]:
    start = max(0, offset_px)
    stop = max(start, min(length_px, offset_px + other_px))
    return slice(start, stop), slice(start - offset_px, stop - offset_px)


def _frame(photo: RgbImage, rows: slice, columns: slice) -> RgbImage:
    framed: NDArray[np.uint8] = photo.copy()
    corners = (columns.start, rows.start), (columns.stop - 1, rows.stop - 1)
    cv2.rectangle(framed, *corners, _FRAME_RGB, thickness=2)
    return framed


if __name__ == "__main__":
    main()
