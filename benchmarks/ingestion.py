"""Time ingestion against reading and decoding each file once, on the same cores.

    CRACK_DATA_ROOT=<folder of data sets> python benchmarks/ingestion.py

Both run in worker processes that are already started; the best of several rounds counts.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import joblib

from crack_pipeline.ingestion.checked_table import check_listing
from crack_pipeline.ingestion.dividing import divide_grouped
from crack_pipeline.ingestion.grouping import group_checked
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.ingestion.manifest_rows import build_manifest
from crack_pipeline.ingestion.report import report_manifest
from crack_pipeline.ingestion.settings import ParallelSettings
from crack_pipeline.sources import list_photos
from crack_pipeline.splits.settings import DuplicateSettings, SplitSettings

LARGEST_RATIO = 2.5
_FILES_A_CHUNK = 64


def decode_files(paths: list[str]) -> int:
    """Read and decode files with OpenCV, and nothing else."""
    cv2.setNumThreads(1)
    return sum(cv2.imread(path, cv2.IMREAD_COLOR) is not None for path in paths)


def decode_all(folder: Path, n_jobs: int) -> int:
    """Read and decode every photo of a data set once."""
    paths = sorted(str(path) for path in folder.glob("*/*.jpg"))
    chunks = [
        paths[start : start + _FILES_A_CHUNK] for start in range(0, len(paths), _FILES_A_CHUNK)
    ]
    return sum(joblib.Parallel(n_jobs=n_jobs)(map(joblib.delayed(decode_files), chunks)))


def ingest_all(folder: Path, n_jobs: int, store: Path) -> int:
    """Bring every photo of a data set into a manifest, with groups, splits and report."""
    listing = describe_listing(list_photos("class_folders", folder))
    parallel = ParallelSettings(n_jobs=n_jobs)
    checked, thumbnails = check_listing(listing, store, max_megapixels=500, parallel=parallel)
    grouped = group_checked(checked, thumbnails, DuplicateSettings())
    manifest = build_manifest(divide_grouped(grouped, SplitSettings()), "class_folders")
    report = report_manifest(
        manifest,
        source="class_folders",
        folder=str(folder),
        has_near_duplicate=grouped["has_near_duplicate"],
    )
    return int(report["usable"])


def ingest_anew(folder: Path, n_jobs: int) -> int:
    """Ingest without any earlier findings."""
    with tempfile.TemporaryDirectory() as store:
        return ingest_all(folder, n_jobs, Path(store))


def seconds_of(work: Callable[[], int]) -> float:
    """Time of one round."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(folder: Path, n_jobs: int, n_rounds: int) -> dict[str, float]:
    """Best times of decoding, of a first and of a second ingestion, round by round in turn."""
    with tempfile.TemporaryDirectory() as store:
        works: dict[str, Callable[[], int]] = {
            "decoding_s": lambda: decode_all(folder, n_jobs),
            "ingestion_s": lambda: ingest_anew(folder, n_jobs),
            "second_ingestion_s": lambda: ingest_all(folder, n_jobs, Path(store)),
        }
        counts = {name: work() for name, work in works.items()}  # workers start here
        rounds = [{name: seconds_of(work) for name, work in works.items()} for _ in range(n_rounds)]
    best = {name: round(min(times[name] for times in rounds), 3) for name in works}
    return {
        "files": counts["decoding_s"],
        "usable": counts["ingestion_s"],
        "jobs": joblib.effective_n_jobs(n_jobs),
        **best,
        "ratio": round(best["ingestion_s"] / best["decoding_s"], 2),
        "largest_ratio": LARGEST_RATIO,
    }


def main() -> None:
    """Measure, print, and fail above the largest ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("CRACK_DATA_ROOT", "../shared/data")) / "metu"
    parser.add_argument("--path", type=Path, default=default, help="Positive/ and Negative/")
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    result = measure(arguments.path, arguments.jobs, arguments.rounds)
    print(json.dumps(result, indent=1))
    if result["ratio"] > LARGEST_RATIO:
        raise SystemExit(f"ratio {result['ratio']} above {LARGEST_RATIO}")


if __name__ == "__main__":
    main()
