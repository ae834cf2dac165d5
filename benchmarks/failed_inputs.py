"""Inputs on which an earlier version did the wrong thing, and what comes out now.

python benchmarks/failed_inputs.py <folder of cases> [--only 01 09]

Each folder of cases is named <number>-<words>; its `make.py` writes `input` and, where a mask is
known, `expected/<image_id>.npy` below $CASES_OUT/<case>. Commands run in a clone of this commit.
"""

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
FORMULA = re.compile(r"[=+\-@\t\r]")
LEAST_IOU = 0.95
SPLITS = ["train"] * 4 + ["validation"] * 2 + ["test"] * 2
REFUSED_NAMES = ("../../../escape", "no", "a/b", "''", "2024", "con", "~", ".hidden")
NUMBER_LIKE = ("2024", "007", "1e3", "no", "2024-01-01")

Row = tuple[str, bool, str]


@dataclass(frozen=True)
class Answer:
    """Exit code of a command, and all that it printed."""

    code: int
    text: str

    @property
    def is_traceback(self) -> bool:
        """Whether it ended in one."""
        return "Traceback" in self.text

    @property
    def last(self) -> str:
        """What it ended with."""
        return f"exit code {self.code}: {' '.join(self.text.split()[-25:])}"


class Bench:
    """A clone of the project, and the commands that are given in it."""

    def __init__(self, cases: Path, folder: Path) -> None:
        self.cases, self.project, self.out = cases, folder / "project", folder / "out"
        clone = ["git", "clone", "--quiet", str(ROOT), str(self.project)]
        subprocess.run(clone, check=True)
        paths = {"PYTHONPATH": str(self.project / "src"), "CASES_OUT": str(self.out)}
        self.env = {**os.environ, **paths}

    def kedro(self, *words: str) -> Answer:
        """Give a command of Kedro."""
        command = [sys.executable, "-m", "kedro", *words]
        done = subprocess.run(
            command, cwd=self.project, env=self.env, capture_output=True, text=True, check=False
        )
        return Answer(done.returncode, done.stdout + done.stderr)

    def make(self, case: str) -> Path:
        """Write the input of a case."""
        script = [sys.executable, str(self.cases / case / "make.py")]
        subprocess.run(script, env=self.env, check=True, capture_output=True)
        return self.out / case / "input"

    def manifest(self, dataset: str) -> pd.DataFrame | None:
        """The manifest of a data set, by image_id."""
        path = self.project / "data/02_intermediate" / dataset / "manifest.parquet"
        return pd.read_parquet(path).set_index("image_id") if path.is_file() else None

    def ingest(self, source: Path | str, dataset: str) -> tuple[Answer, pd.DataFrame | None]:
        """Ingest a folder from nothing."""
        for layer in ("02_intermediate", "03_primary", "08_reporting"):
            shutil.rmtree(self.project / "data" / layer / dataset, ignore_errors=True)
        answer = self.kedro(
            "run", "--pipeline=ingest", f"--env={dataset}", f"--params=ingestion.path={source}"
        )
        return answer, self.manifest(dataset)


def compare_masks(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """Each mask that is used against the one that is expected."""
    answer, table = bench.ingest(bench.make(case), dataset)
    found: dict[str, float] = {}
    for file in sorted((bench.out / case / "expected").glob("*.npy")):
        row = None if table is None else table.loc[file.stem.replace("__", "/")]
        if row is None or row.status != "ok":
            found[file.stem] = float("nan")
            continue
        mask, truth = np.asarray(Image.open(bench.project / row.mask_path)) > 0, np.load(file) > 0
        found[file.stem] = float((mask & truth).sum() / (mask | truth).sum())
    told = "IoU " + " ".join(f"{iou:.2f}" for iou in found.values())
    yield case, bool(found) and min(found.values()) >= LEAST_IOU, told if found else answer.last


def require_set_aside(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """No photo is used, and the message tells why."""
    answer, table = bench.ingest(bench.make(case), dataset)
    is_used = table is not None and bool((table.status == "ok").any())
    is_right = not is_used and "all set aside" in answer.text and not answer.is_traceback
    yield case, is_right, answer.last


def require_splits(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """The official split is the one of the manifest."""
    _, table = bench.ingest(bench.make(case), dataset)
    found = [] if table is None else table.sort_index().split.tolist()
    yield case, found == SPLITS, " ".join(map(str, found))


def require_named(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """The message names the kind of file."""
    answer, _ = bench.ingest(bench.make(case), dataset)
    yield case, "HEIC" in answer.text and not answer.is_traceback, answer.last


def find_formulas(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """No cell of any table is a formula, and what was written is read back."""
    source = bench.make(case)
    first, _ = bench.ingest(source, dataset)
    path = f"--params=ingestion.path={source}"
    review = bench.kedro("run", "--pipeline=review", f"--env={dataset}")
    again = bench.kedro("run", "--pipeline=ingest", f"--env={dataset}", path)
    cells = [
        cell
        for file in (bench.project / "data").rglob("*.csv")
        for line in csv.reader(file.open(encoding="utf-8-sig", newline=""))
        for cell in line
        if FORMULA.match(cell) and not re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)
    ]
    codes = [answer.code for answer in (first, review, again)]
    yield case, not cells and not any(codes), f"exit codes {codes}, formulas: {cells[:3]}"


def require_both_named(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """Both photos are set aside, and each reason names the other one."""
    answer, table = bench.ingest(bench.make(case), dataset)
    aside = pd.Series(dtype=str) if table is None else table.reason[table.status != "ok"]
    yield case, len(aside) == 2 and not answer.is_traceback, "; ".join(aside)


def require_all_used(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """Every photo is used as one with crack."""
    answer, table = bench.ingest(bench.make(case), dataset)
    is_right = table is not None and bool(((table.status == "ok") & (table.label == 1)).all())
    yield case, is_right, answer.last if table is None else f"{len(table)} photos"


def damage_tiles(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """`fit` refuses a damaged store, `preprocess` cuts it again, and `fit` trains."""
    damages: dict[str, Callable[[Path], object]] = {
        "tiles cut off": lambda store: os.truncate(store / "tiles.npy", 10_000),
        "index emptied": lambda store: (store / "index.parquet").write_bytes(b""),
        "masks removed": lambda store: (store / "masks.npy").unlink(),
    }
    yield from _damage(bench, case, dataset, damages)


def damage_marker(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """The same for a marker of another shape."""
    texts = ("[]", "null", "{}", "")
    damages: dict[str, Callable[[Path], object]] = {
        f"marker {text!r}": lambda store, text=text: (store / "finished.json").write_text(text)
        for text in texts
    }
    yield from _damage(bench, case, dataset, damages)


def _damage(
    bench: Bench, case: str, dataset: str, damages: dict[str, Callable[[Path], object]]
) -> Iterable[Row]:
    for stage in ("ingest", "preprocess", "augment"):
        bench.kedro("run", f"--pipeline={stage}", f"--env={dataset}")
    stores = bench.project / "data/05_model_input/tiny/segmentation"
    for name, damage in damages.items():
        damage(next(marker.parent for marker in stores.glob("*/finished.json")))
        told = [
            bench.kedro("run", f"--pipeline={stage}", f"--env={dataset}")
            for stage in ("fit", "preprocess", "fit")
        ]
        codes = [answer.code for answer in told]
        is_right = codes == [1, 0, 0] and not any(answer.is_traceback for answer in told)
        yield f"{case}: {name}", is_right, f"exit codes of fit, preprocess, fit: {codes}"


def slice_pipeline(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """A slice without its inputs is answered with one message."""
    bench.kedro("run", "--pipeline=ingest", f"--env={dataset}")
    for word in ("--from-nodes=split_images", "--nodes=split_images"):
        answer = bench.kedro("run", "--pipeline=ingest", f"--env={dataset}", word)
        is_right = answer.code == 1 and not answer.is_traceback
        yield f"{case}: {word}", is_right, answer.last


def type_paths(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """A folder is found by the name that was typed."""
    source = bench.make("09-yolo-split-lists-ignored")
    for name in NUMBER_LIKE:
        shutil.copytree(source, bench.project / name, dirs_exist_ok=True)
        answer, _ = bench.ingest(name, dataset)
        yield f"{case}: {name}", answer.code == 0, answer.last


def type_tilde(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """The same for a folder of the home directory."""
    bench.env["HOME"] = str(bench.out)
    answer, _ = bench.ingest("~/09-yolo-split-lists-ignored/input", dataset)
    yield case, answer.code == 0, answer.last


def name_datasets(bench: Bench, case: str, _: str) -> Iterable[Row]:
    """A name that is none is refused, and nothing is written."""
    conf = bench.project / "conf/x"
    shutil.copytree(bench.project / "conf/test", conf, dirs_exist_ok=True)
    for name in REFUSED_NAMES:
        (conf / "globals.yml").write_text(f"dataset: {name}\ntask: segmentation\n")
        before = set(bench.project.parent.rglob("*"))
        answer = bench.kedro("run", "--pipeline=ingest", "--env=x")
        new = {path for path in bench.project.parent.rglob("*") if path.suffix != ".pyc"} - before
        is_right = answer.code == 1 and not answer.is_traceback and not _is_output(new)
        yield f"{case}: {name}", is_right, f"exit code {answer.code}"


def _is_output(paths: Iterable[Path]) -> bool:
    return any("data" in path.parts or "escape" in path.parts for path in paths)


def return_from_spreadsheet(bench: Bench, case: str, dataset: str) -> Iterable[Row]:
    """Ids that a spreadsheet changed are found again, or the nearest is named."""
    source = bench.out / case / "input"
    made = sorted((bench.make("15-same-photo-in-both-classes")).rglob("1*.jpg"))[:9]
    (source / "images").mkdir(parents=True, exist_ok=True)
    (source / "masks").mkdir(exist_ok=True)
    names = [*(f"{number:03}" for number in range(1, 9)), "9-2"]
    line = np.zeros((384, 544), np.uint8)
    line[40:60, 100:300] = 255
    for name, photo in zip(names, made, strict=False):
        shutil.copy(photo, source / "images" / f"{name}.jpg")
        Image.fromarray(line).save(source / "masks" / f"{name}.png")
    bench.ingest(source, dataset)
    bench.kedro("run", "--pipeline=review", f"--env={dataset}")
    file = bench.project / "data/02_intermediate" / dataset / "review.csv"
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    table["action"] = ["leave_out" if name in ("003", "9-2") else "" for name in table.image_id]
    wanted = set(table.image_id[table.action != ""])
    table["image_id"] = [
        "09. Feb" if name == "9-2" else name.lstrip("0") for name in table.image_id
    ]
    table.to_csv(file, index=False, sep=";")
    answer = bench.kedro(
        "run", "--pipeline=ingest", f"--env={dataset}", f"--params=ingestion.path={source}"
    )
    found = bench.manifest(dataset)
    aside = set() if found is None else set(found.index[found.status != "ok"])
    yield case, aside == wanted or all(name in answer.text for name in wanted), answer.last


CASES: dict[str, tuple[Callable[[Bench, str, str], Iterable[Row]], str]] = {
    "01": (compare_masks, "crackseg"),
    "02": (compare_masks, "coco"),
    "03": (compare_masks, "coco"),
    "04": (require_set_aside, "folder"),
    "06": (damage_tiles, "test"),
    "08": (damage_marker, "test"),
    "09": (require_splits, "crackseg"),
    "11": (require_named, "folder"),
    "13": (find_formulas, "folder"),
    "14": (slice_pipeline, "test"),
    "15": (require_both_named, "metu"),
    "16": (require_all_used, "coco"),
    "18": (type_paths, "crackseg"),
    "19": (name_datasets, "x"),
    "20": (return_from_spreadsheet, "folder"),
    "23": (compare_masks, "crackseg"),
    "26": (type_tilde, "crackseg"),
}


def main() -> int:
    """Run the cases and print a table; exit code 1 where one comes out wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--only", nargs="*", default=sorted(CASES))
    wanted = parser.parse_args()
    n_wrong = 0
    print("| case | | outcome |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(wanted.cases.resolve(), Path(folder))
        names = {path.name[:2]: path.name for path in wanted.cases.iterdir() if path.is_dir()}
        for number in wanted.only:
            run, dataset = CASES[number]
            for case, is_right, told in run(bench, names[number], dataset):
                n_wrong += not is_right
                print(f"| {case} | {'right' if is_right else 'WRONG'} | {told} |", flush=True)
    return int(n_wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
