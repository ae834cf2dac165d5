"""Real child processes; each takes as long as TensorFlow takes to import."""

import contextlib
import logging
import os
import signal
import threading
import time
from dataclasses import dataclass, field

import psutil
import pytest

from crack_pipeline.errors import ImageReadError, ParameterError, TrainingError
from crack_pipeline.storage import read_marker, write_marker
from crack_pipeline.trials.result import TrialResult, read_result
from crack_pipeline.trials.running import locate_trial, run_trials
from crack_pipeline.trials.trial import Trial


@dataclass
class Told:
    """Notes what it is told; ends the child's epoch as asked."""

    at_epoch: object = None
    lines: list[str] = field(default_factory=list)

    def began(self, trial: Trial) -> None:
        self.lines.append(f"began {trial.name}")

    def epoch(self, metrics: dict[str, float], epoch: int) -> None:
        self.lines.append(f"epoch {epoch}")
        assert metrics["loss"] > 0
        if callable(self.at_epoch):
            self.at_epoch()

    def finished(self, result: TrialResult) -> None:
        self.lines.append(f"finished {result.name}")

    def failed(self, error: BaseException) -> None:
        self.lines.append(f"failed {type(error).__name__}")


def _children() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if "crack_pipeline.trials.child" in child.cmdline():
                found.append(child)
    return found


def test_an_interrupted_trial_goes_on_and_a_finished_one_is_not_trained_again(
    line_manifest, tiny_settings, tmp_path, caplog
):
    caplog.set_level(logging.INFO, "crack_pipeline")
    trial = Trial("fold 0", line_manifest, tiny_settings)

    def press_ctrl_c() -> None:
        raise KeyboardInterrupt

    told = Told(press_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        run_trials([trial], tmp_path, report=told)
    assert told.lines == ["began fold 0", "epoch 1", "failed KeyboardInterrupt"]
    assert _children() == []

    told = Told()
    (result,) = run_trials([trial], tmp_path, report=told)
    assert told.lines == ["began fold 0", "epoch 1", "epoch 2", "finished fold 0"]
    assert "[fold 0] Going on with the unfinished training after epoch 1" in caplog.text
    assert {"test_f1_pooled", "validation_f1_pooled", "decision_threshold"} <= set(result.metrics)
    assert len(result.photos()) == 6
    assert len(list((result.folder / "maps").iterdir())) == 6
    assert not (result.folder / "tiles").exists(), "tiles go once the trial is measured"
    assert not list(result.folder.glob("unfinished/*"))

    marker = result.folder / "finished.json"
    written = marker.stat().st_mtime_ns
    told = Told()
    (again,) = run_trials([trial], tmp_path, report=told)
    assert told.lines == ["began fold 0", "epoch 1", "epoch 2", "finished fold 0"]
    assert (again.was_kept, result.was_kept) == (True, False)
    assert again.metrics == result.metrics
    assert marker.stat().st_mtime_ns == written


def test_a_trial_that_is_killed_says_so_and_ends_the_row(line_manifest, tiny_settings, tmp_path):
    def kill_first_child() -> None:
        deadline = time.monotonic() + 60
        while not (children := _children()) and time.monotonic() < deadline:
            time.sleep(0.01)
        for child in children:
            os.kill(child.pid, signal.SIGKILL)

    trials = [Trial(name, line_manifest, tiny_settings) for name in ("a", "b")]
    told, killer = Told(), threading.Thread(target=kill_first_child)
    killer.start()
    with pytest.raises(TrainingError, match="trial a: ended by SIGKILL, as when memory runs out"):
        run_trials(trials, tmp_path, report=told)
    killer.join()
    assert told.lines == ["began a", "failed TrainingError"]


def test_the_error_of_a_child_comes_back_and_names_the_trial(
    line_manifest, tiny_settings, tmp_path
):
    paths = line_manifest["image_path"].replace(line_manifest["image_path"][0], "/nowhere/a.png")
    trial = Trial("fold 3", line_manifest.assign(image_path=paths), tiny_settings)
    told = Told()
    with pytest.raises(ImageReadError, match=r"\(trial fold 3\)"):
        run_trials([trial], tmp_path, report=told)
    assert told.lines == ["began fold 3", "failed ImageReadError"]


def test_a_bug_in_a_child_names_the_file_that_tells_more(line_manifest, tiny_settings, tmp_path):
    trial = Trial("a", line_manifest.drop(columns="width_px"), tiny_settings)
    with pytest.raises(TrainingError, match=r"trial a: KeyError.*stderr\.txt"):
        run_trials([trial], tmp_path)


def test_a_trial_that_another_process_finished_is_read(
    line_manifest, tiny_settings, make_result, tmp_path
):
    trial = Trial("a", line_manifest, tiny_settings)
    folder, key = locate_trial(trial, tmp_path / "trials")
    made = make_result("made", {"x": ([[0.9]], [[1]])}, threshold=0.5)
    folder.parent.mkdir(parents=True)
    made.folder.rename(folder)
    marker = folder / "finished.json"
    said = read_marker(marker)
    told = {name: said[name] for name in ("metrics", "facts", "history")}
    write_marker(marker, key, [folder / name for name in said["digests"]], **told)
    (result,) = run_trials([trial], tmp_path / "trials")
    assert result.was_kept
    assert result.metrics == {"decision_threshold": 0.5}


def test_names_must_differ(line_manifest, tiny_settings, tmp_path):
    trial = Trial("a", line_manifest, tiny_settings)
    with pytest.raises(ParameterError, match="different names"):
        run_trials([trial, trial], tmp_path)


def test_names_that_differ_in_odd_characters_only_would_share_a_folder(
    line_manifest, tiny_settings, tmp_path
):
    trials = [Trial(name, line_manifest, tiny_settings) for name in ("fold 1", "fold/1", "fold 2")]
    with pytest.raises(
        ParameterError, match=r"different names.*Received: fold 1, fold/1\."
    ) as raised:
        run_trials(trials, tmp_path / "trials")
    assert "fold 2" not in str(raised.value)
    assert not (tmp_path / "trials").exists()


def test_a_trial_whose_table_was_changed_is_not_taken(make_result):
    made = make_result("made", {"x": ([[0.9]], [[1]])}, threshold=0.5)
    key = read_marker(made.folder / "finished.json")["key"]
    assert read_result("made", made.folder, key, was_kept=True) is not None
    (made.folder / "photos.parquet").write_bytes(b"")
    assert read_result("made", made.folder, key, was_kept=True) is None
    (made.folder / "finished.json").write_text("[]")
    assert read_result("made", made.folder, key, was_kept=True) is None
