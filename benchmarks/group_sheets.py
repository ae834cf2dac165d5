"""Draw what the search for overlapping crops has joined, to be looked at.

    CRACK_DATA_ROOT=<folder of data sets> python benchmarks/group_sheets.py --out group_sheets

Writes the overlaps that correlate least and those that share least, with the shared part of both
photos side by side, and the largest groups.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from overlaps import contents_of
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_pipeline.figures.group_sheet import ShownOverlap, draw_groups, draw_overlaps
from crack_pipeline.images.reading import read_image
from crack_pipeline.splits.overlaps import find_overlaps
from crack_pipeline.splits.settings import OverlapSettings
from crack_pipeline.types import RgbImage


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


if __name__ == "__main__":
    main()
