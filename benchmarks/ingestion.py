"""Measure ingestion: time against decoding alone, memory, grouping, and a second run.

    CRACK_DATA_ROOT=<folder of data sets> python benchmarks/ingestion.py --images 4000
    CRACK_DATA_ROOT=<folder of data sets> python benchmarks/ingestion.py --images 10000 40000

Each size runs in a process of its own, whose workers are started already; all pipelines' nodes run
as `kedro run --pipeline=ingest` runs them, and write what it writes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anonymous_memory import MemoryWatch
from many_photos import make_photos

LARGEST = {
    "ratio": 2.5,
    "grouping_share": 0.2,
    "second_share": 0.1,
    "peak_anonymous_mib": 1536.0,
    "growth_of_memory": 0.25,
}
"""What must not be passed; growth is that of the peak from the smallest to the largest size.

The ratio is judged at the largest size: below, what does not grow (the sheet) weighs more.
"""

_FILES_A_CHUNK = 64
_ROOT = Path(__file__).parents[1]


def decode_files(paths: list[str]) -> int:
    """Read and decode files with OpenCV, and nothing else."""
    import cv2

    cv2.setNumThreads(1)
    return sum(cv2.imread(path, cv2.IMREAD_COLOR) is not None for path in paths)


def decode_all(folder: Path) -> int:
    """Read and decode every photo of a data set once, on all cores."""
    import joblib

    paths = sorted(str(path) for path in folder.glob("*/*.jpg"))
    chunks = [paths[at : at + _FILES_A_CHUNK] for at in range(0, len(paths), _FILES_A_CHUNK)]
    return sum(joblib.Parallel(n_jobs=-1)(map(joblib.delayed(decode_files), chunks)))


def ingest(folder: Path, work: Path) -> dict[str, float]:
    """Run the pipeline ``ingest``; seconds of each node, loading and earlier saving included."""
    from kedro.framework.hooks.manager import _create_hook_manager
    from kedro.io import DataCatalog, MemoryDataset
    from kedro.runner import SequentialRunner
    from kedro_datasets.json import JSONDataset
    from kedro_datasets.matplotlib import MatplotlibDataset
    from kedro_datasets.pandas import CSVDataset, ParquetDataset

    from crack_pipeline.pipelines.ingest import create_pipeline
    from crack_pipeline.pipelines.ingest.params import IngestionParams

    params = IngestionParams(
        source="class_folders",
        path=folder,
        raw_path=work / "raw",
        checks_path=work / "checks",
        primary_path=work / "primary",
    )
    catalog = DataCatalog(
        {
            "params:ingestion": MemoryDataset(params),
            "params:dataset": MemoryDataset("benchmark"),
            "manifest": ParquetDataset(filepath=str(work / "manifest.parquet")),
            "ingestion_report": JSONDataset(filepath=str(work / "ingestion.json")),
            "mask_repairs": CSVDataset(filepath=str(work / "repairs.csv")),
            "manifest_sheet": MatplotlibDataset(filepath=str(work / "sheet.png")),
        }
    )
    hooks, times = _create_hook_manager(), _make_clock()
    hooks.register(times)
    SequentialRunner().run(create_pipeline(), catalog, hook_manager=hooks)
    return times.seconds


def _make_clock() -> Any:
    """A hook that takes the time from the end of one node to the end of the next."""
    from kedro.framework.hooks import hook_impl

    class NodeTimes:
        def __init__(self) -> None:
            self.seconds: dict[str, float] = {}
            self._last = time.perf_counter()

        @hook_impl
        def after_node_run(self, node: Any) -> None:
            now = time.perf_counter()
            self.seconds[node.name] = round(now - self._last, 3)
            self._last = now

    return NodeTimes()


def run_phases(folder: Path, work: Path, n_rounds: int) -> None:
    """In a process of its own: print when each phase began and ended, and what it gave."""
    import crack_pipeline.pipelines.ingest  # noqa: F401 - imported before the clock starts

    phases: list[tuple[str, Callable[[], Any]]] = [("warm_up", lambda: decode_all(folder))]
    for number in range(n_rounds):
        phases += [
            (f"decoding_{number}", lambda: decode_all(folder)),
            (f"first_{number}", lambda at=work / str(number): ingest(folder, at)),
            (f"second_{number}", lambda at=work / str(number): ingest(folder, at)),
        ]
    for name, work_of_phase in phases:
        start = time.monotonic()
        result = work_of_phase()
        print(json.dumps([name, start, time.monotonic(), result]), flush=True)


def measure(folder: Path, work: Path, n_rounds: int) -> dict[str, Any]:
    """Run the phases in a child process, watch its memory, and sum up the best round."""
    command = [sys.executable, __file__, "--phases", str(folder), str(work), str(n_rounds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        watch = MemoryWatch(child.pid).start()
        assert child.stdout is not None
        lines = [json.loads(line) for line in child.stdout if line.startswith("[")]
    if child.returncode:
        raise SystemExit("ingestion failed; see above")
    phases = {name: (start, end, result) for name, start, end, result in lines}

    def best(kind: str) -> str:
        names = [f"{kind}_{number}" for number in range(n_rounds)]
        return min(names, key=lambda name: phases[name][1] - phases[name][0])

    def seconds(kind: str) -> float:
        start, end, _ = phases[best(kind)]
        return round(end - start, 3)

    first = phases[best("first")]
    report = json.loads((work / best("first")[-1] / "ingestion.json").read_text())
    peaks = [watch.peak_mib(*phases[f"first_{number}"][:2]) for number in range(n_rounds)]
    return {
        "images": report["files"],
        "groups_of_several_photos": report["groups"]["of_several_photos"],
        "megabytes": round(sum(f.stat().st_size for f in folder.glob("*/*.jpg")) / 1e6, 1),
        "decoding_s": seconds("decoding"),
        "first_s": seconds("first"),
        "second_s": seconds("second"),
        "ratio": round(seconds("first") / seconds("decoding"), 2),
        "grouping_share": round(first[2]["group_images"] / seconds("first"), 3),
        "second_share": round(seconds("second") / seconds("first"), 3),
        "peak_anonymous_mib": max(peaks),
        "first_by_node_s": first[2],
        "second_by_node_s": phases[best("second")][2],
    }


def time_command(folder: Path, work: Path) -> dict[str, float]:
    """Seconds of the whole command, start of Python and Kedro included, first and second time."""
    project = work / "project"
    for name in ("conf", "src"):
        shutil.copytree(_ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(_ROOT / "pyproject.toml", project)
    path = f"--params=ingestion.source=class_folders,ingestion.path={folder}"
    command = [sys.executable, "-m", "kedro", "run", "--pipeline=ingest", "--env=metu", path]
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    times = {}
    for name in ("first_command_s", "second_command_s"):
        start = time.monotonic()
        subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
        times[name] = round(time.monotonic() - start, 2)
    return times


def judge(results: list[dict[str, Any]]) -> list[str]:
    """What passes its limit."""
    peaks = [result["peak_anonymous_mib"] for result in results]
    results[-1]["growth_of_memory"] = round(peaks[-1] / peaks[0] - 1, 3)
    return [
        f"{result['images']} images: {name} {result[name]} above {limit}"
        for result in results
        for name, limit in LARGEST.items()
        if result.get(name, 0) > limit and (name != "ratio" or result is results[-1])
    ]


def main() -> None:
    """Measure, print, and fail where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("CRACK_DATA_ROOT", "../shared/data")) / "metu"
    parser.add_argument("--path", type=Path, default=default, help="Positive/ and Negative/")
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 40_000])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--command", action="store_true", help="time the whole command as well")
    parser.add_argument("--phases", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.phases:
        folder, work, n_rounds = arguments.phases
        return run_phases(Path(folder), Path(work), int(n_rounds))
    results = []
    with tempfile.TemporaryDirectory(prefix="crack_pipeline_") as place:
        for n_images in arguments.images:
            here = Path(place) / str(n_images)
            folder = make_photos(arguments.path, here / "photos", n_images)
            results.append(measure(folder, here / "work", arguments.rounds))
            if arguments.command:
                results[-1] |= time_command(folder, here)
            shutil.rmtree(here)
    passed = judge(results)
    print(json.dumps({"cores": os.cpu_count(), "largest": LARGEST, "results": results}, indent=1))
    if passed:
        raise SystemExit("; ".join(passed))
    return None


if __name__ == "__main__":
    main()
