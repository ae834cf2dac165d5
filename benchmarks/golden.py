"""Run an old and the current commit on one machine and compare what they make.

    python benchmarks/golden.py ec53807
    python benchmarks/golden.py ec53807 --only segmentation --folder /tmp/golden

Two git work trees, the same interpreter, one command at a time. Counts, ids, decisions and words
must be equal, floats to 1e-9; bounds of bootstrap intervals too, or they lie within the Monte-Carlo
error of 1 000 resamples and are listed. `EXPECTED` in `golden_compare.py` explains the differences
that are meant; any other ends in exit code 1. What only the new commit has is listed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from golden_compare import Comparison, fold_keys, read_outputs

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "golden"))

from drawn import draw_maps, name_photos  # noqa: E402


@dataclass
class Tree:
    """A work tree of one commit."""

    name: str
    folder: Path
    commit: str
    is_kept: bool = False
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def environment(self) -> dict[str, str]:
        """Variables of the shell, with this tree's code."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEDRO_", "MLFLOW_"))}
        return {**kept, "PYTHONPATH": str(self.folder / "src"), "DO_NOT_TRACK": "1"}

    def run(self, step: str, *arguments: str, must: bool = True) -> str:
        """Run a command of Kedro; its output, empty where what is there is kept."""
        if self.is_kept:
            return ""
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "kedro", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - started
        self.seconds[step].append(seconds)
        print(f"  {self.name:3s} {step:28s} {seconds:7.1f} s, exit {done.returncode}", flush=True)
        output = done.stdout + done.stderr
        if must and done.returncode:
            sys.exit(f"{' '.join(arguments)} failed in {self.folder}:\n{output[-4000:]}")
        return output if done.returncode == 0 else f"exit {done.returncode}\n{output}"

    def pipeline(self, step: str, name: str, *params: str, **options: Any) -> str:
        """Run a pipeline in the environment ``golden``, or in another."""
        env = options.pop("env", "golden")
        given = [f"--params={','.join(params)}"] if params else []
        return self.run(step, "run", f"--pipeline={name}", f"--env={env}", *given, **options)


@dataclass
class Golden:
    """Both trees, what they differ in, and how often a timed step runs."""

    old: Tree
    new: Tree
    rounds: int
    data: Path | None
    found: Comparison = field(default_factory=Comparison)

    @property
    def trees(self) -> tuple[Tree, Tree]:
        """The old one first."""
        return self.old, self.new

    def both(self, step: str, *arguments: str, rounds: int = 1, **options: Any) -> None:
        """Run a pipeline in both trees in turn."""
        for number in range(rounds):
            for tree in self.trees if number % 2 == 0 else self.trees[::-1]:
                if before := options.get("before"):
                    before(tree)
                kept = {name: value for name, value in options.items() if name != "before"}
                tree.pipeline(step, *arguments, **kept)

    def compare(self, *folders: str, but: tuple[str, ...] = ()) -> None:
        """Compare folders of data/, but what other parts leave there."""
        self.found.compare(*(read_outputs(tree.folder, *folders, but=but) for tree in self.trees))

    def registry(self) -> None:
        """Names of the pipelines; the time from the command to the list."""
        listed: dict[str, dict[str, Any]] = {}
        for _ in range(max(3, self.rounds)):
            for tree in self.trees:
                lines = tree.run("registry list", "registry", "list").splitlines()
                listed[tree.name] = {f"registry:{x}": "there" for x in lines if x[:2] == "- "}
        self.found.compare(listed["old"], listed["new"])

    def ingest(self) -> None:
        """The drawn sample, and another one for cross_evaluate."""

        def forget(tree: Tree) -> None:
            if not tree.is_kept:
                shutil.rmtree(tree.folder / "data/02_intermediate/golden", ignore_errors=True)

        for env in ("golden_other", "golden"):
            self.both(f"draw {env}", "ingest", env=env)
        self.both("ingest", "ingest", rounds=self.rounds, before=forget)
        for name in ("golden", "golden_other"):
            reports = (f"08_reporting/{name}/{file}" for file in ("ingestion.json", "repairs.csv"))
            self.compare(f"02_intermediate/{name}", f"03_primary/{name}", *reports)
        for tree in self.trees:
            assert (tree.folder / "data/02_intermediate/golden/manifest.parquet").is_file()

    def photos(self) -> None:
        """A slice of METU and of DeepCrack, where they are at hand."""
        if self.data is None:
            print("  no --data and no CRACK_DATA_ROOT: left out")
            return
        slices = {name: self.old.folder.parent / "photos" / name for name in ("metu", "deepcrack")}
        for folder in slices.values():
            _cut_slice(self.data / folder.name, folder)
        for name, folder in slices.items():
            self.both(f"ingest {name}", "ingest", f"ingestion.path={folder}", env=name)
        self.compare(
            *(
                f"{top}/{name}"
                for top in ("02_intermediate", "03_primary", "08_reporting")
                for name in slices
            )
        )

    def maps(self) -> None:
        """Fixed probability maps, as another program's; and the golden values that tests keep."""
        folder = self.old.folder.parent / "maps"
        names = name_photos(24)["image_id"]
        for kind in ("predictions", "masks"):
            (folder / kind).mkdir(parents=True, exist_ok=True)
        for name, (probability, truth) in zip(names, draw_maps(24), strict=True):
            np.save(folder / "predictions" / f"{name}.npy", probability)
            np.save(folder / "masks" / f"{name}.npy", truth)
        params = [f"scoring.{kind}={folder / kind}" for kind in ("predictions", "masks")]
        self.both("score", "score", *params, rounds=self.rounds)
        self.compare("08_reporting/golden/score")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/golden"],
            cwd=self.new.folder,
            env=self.new.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            self.found.differ("tests/golden", done.stdout[-2000:])

    def segmentation(self) -> None:
        """Train, evaluate, explain and cross-evaluate a model of masks."""
        self.both("train", "train")
        self.both("evaluate", "evaluate", rounds=self.rounds)
        self.both("explain", "explain")
        self.both("cross_evaluate", "cross_evaluate")
        self.compare(*_folders_of("segmentation"), but=_OF_TRIALS)

    def classification(self) -> None:
        """Train, evaluate and explain a model of labels."""
        task = "task=classification"
        self.both("train labels", "train", task)
        self.both("explain labels", "explain", task)
        self.compare(*_folders_of("classification"), but=_OF_TRIALS)

    def trials(self) -> None:
        """Trainings of several models: folds of masks, losses of labels."""
        self.both("cross_validate", "cross_validate")
        self.both("compare_models labels", "compare_models", "task=classification")
        reports = "08_reporting/golden"
        self.compare(
            "07_model_output/golden/segmentation",
            f"{reports}/segmentation/cross_validation",
            *(f"{reports}/classification/model_comparison.{kind}" for kind in ("csv", "json")),
        )

    def upgrade(self) -> None:
        """The old work tree, checked out at the new commit, reads what the old one made."""
        tree = Tree("up", self.old.folder, self.new.commit)
        kept = tree.folder.parent / "old data"
        shutil.copytree(tree.folder / "data", kept, dirs_exist_ok=True)
        before = read_outputs(tree.folder, "08_reporting/golden/segmentation/metrics.json")
        self._leave_an_outbox()
        _git("checkout", "--quiet", "--detach", self.new.commit, folder=tree.folder)
        try:
            for name in ("preprocess", "report", "evaluate", "explain", "cross_evaluate", "ingest"):
                self._read_or_refuse(name, tree.pipeline(f"{name}, old data", name, must=False))
            replay = tree.run("replay, old outbox", "tracking", "replay", must=False)
            if not re.search(r"Runs logged to .*: [1-9]", replay):
                self.found.differ("upgrade:outbox", f"nothing was logged: {replay[-1500:]}")
            after = read_outputs(tree.folder, "08_reporting/golden/segmentation/metrics.json")
            self.found.compare(before, after)
        finally:
            _git("checkout", "--quiet", "--detach", self.old.commit, folder=tree.folder)
            shutil.rmtree(tree.folder / "data")
            shutil.move(kept, tree.folder / "data")

    def _leave_an_outbox(self) -> None:
        """Kill a training of the old commit as soon as it keeps records."""
        command = [sys.executable, "-m", "kedro", "run", "--pipeline=train", "--env=golden"]
        process = subprocess.Popen(
            [*command, "--params=task=classification,training.classification.epochs=60"],
            cwd=self.old.folder,
            env=self.old.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        unfinished = self.old.folder / "data/06_models/golden/classification/unfinished"
        while process.poll() is None and not list(unfinished.glob("*/state.npz")):
            time.sleep(0.05)
        process.kill()
        process.wait()

    def _read_or_refuse(self, name: str, output: str) -> None:
        if not output.startswith("exit "):
            return
        refused = "Traceback" not in output and re.search(r"(?m)^\w+Error: .*kedro run.*$", output)
        if refused:
            print(f"      refused: {refused.group()}")
        else:
            self.found.differ(f"upgrade:{name}", output[-1500:])


_LIGHT = (Golden.registry, Golden.ingest, Golden.photos, Golden.maps)
_HEAVY = (Golden.segmentation, Golden.classification, Golden.trials, Golden.upgrade)
PARTS: dict[str, Callable[[Golden], None]] = {part.__name__: part for part in _LIGHT + _HEAVY}
_OF_TRIALS = ("07_model_output", "cross_validation", "model_comparison")


def _folders_of(task: str) -> list[str]:
    return [
        f"{top}/golden/{task}"
        for top in ("05_model_input", "06_models", "07_model_output", "08_reporting")
    ]


def _cut_slice(whole: Path, folder: Path, photos: int = 40) -> None:
    for place in filter(Path.is_dir, sorted(whole.iterdir())):
        (folder / place.name).mkdir(parents=True, exist_ok=True)
        for path in sorted(place.iterdir())[:photos]:
            shutil.copy2(path, folder / place.name / path.name)


def _git(*arguments: str, folder: Path = ROOT) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def make_tree(name: str, folder: Path, commit: str) -> Tree:
    """Check a commit out; what another commit left in a kept work tree is removed."""
    tree = Tree(name, folder / name, _git("rev-parse", f"{commit}^{{commit}}"))
    if not tree.folder.exists():
        _git("worktree", "add", "--force", "--detach", str(tree.folder), tree.commit)
    if _git("rev-parse", "HEAD", folder=tree.folder) != tree.commit:
        _git("checkout", "--quiet", "--detach", tree.commit, folder=tree.folder)
        _git("clean", "--quiet", "-ffdx", folder=tree.folder)
    settings = (ROOT / "benchmarks" / "golden.yml").read_text()
    for seed, env in enumerate(("golden", "golden_other")):
        conf = tree.folder / "conf" / env
        (conf / "parameters").mkdir(parents=True, exist_ok=True)
        (conf / "globals.yml").write_text(f"dataset: {env}\ntask: segmentation\n")
        (conf / "parameters" / "golden.yml").write_text(
            settings.replace("seed: 0", f"seed: {seed}")
        )
    return tree


def print_result(golden: Golden) -> None:
    """Print what differs, and the times of both."""
    found = golden.found
    print(f"\n{found.compared} values compared\n")
    print(f"{'seconds, best of the rounds':30s} {'old':>8s} {'new':>8s}  new/old")
    for step, old in golden.old.seconds.items():
        if new := golden.new.seconds.get(step):
            print(f"{step:30s} {min(old):8.1f} {min(new):8.1f}  {min(new) / min(old):.2f}")
    for title, lines in (
        ("Only in the new commit", fold_keys(found.new)),
        ("Within the error of drawing", found.drawn),
        *((f"Expected: {why}", fold_keys(keys)) for why, keys in found.expected.items()),
        ("NOT EXPECTED", found.wrong),
    ):
        print(f"\n{title}: {len(lines)}", *lines, sep="\n  ")


def main() -> None:
    """Run the parts, print what differs; exit code 1 where something is not expected."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", help="the old commit")
    parser.add_argument("--commit", default="HEAD", help="the new one")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be repeated")
    parser.add_argument("--rounds", type=int, default=2, help="of the timed steps")
    root = os.environ.get("CRACK_DATA_ROOT")
    parser.add_argument("--data", type=Path, default=root, help="with folders metu and deepcrack")
    parser.add_argument("--keep-old", action="store_true", help="take what it left in --folder")
    parser.add_argument("--folder", type=Path, help="keep the work trees there, for --only")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="crack_golden_"))
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        old = make_tree("old", folder, arguments.base)
        new = make_tree("new", folder, arguments.commit)
        old.is_kept = arguments.keep_old
        golden = Golden(old, new, rounds=arguments.rounds, data=arguments.data)
        for name, part in PARTS.items():
            if arguments.only is None or name in arguments.only:
                print(f"{name}: {part.__doc__}", flush=True)
                part(golden)
        print_result(golden)
    finally:
        if arguments.folder is None:
            for name in ("old", "new"):
                _git("worktree", "remove", "--force", str(folder / name))
            shutil.rmtree(folder)
    sys.exit(bool(golden.found.wrong))


if __name__ == "__main__":
    main()
