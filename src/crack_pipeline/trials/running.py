"""Run trials one after another, each in a fresh child process, so that memory is given back."""

import contextlib
import logging
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from crack_pipeline.errors import CrackPipelineError, ParameterError, TrainingError
from crack_pipeline.trials.events import Event, read_event, restore_error
from crack_pipeline.trials.result import TrialResult, read_result
from crack_pipeline.trials.trial import Trial, write_trial

logger = logging.getLogger(__name__)

_STDERR = "stderr.txt"
_SECONDS_TO_END = 10.0
_LINES_SHOWN = 5


class TrialReport(Protocol):
    """Is told how the trials go; one trial at a time is between ``began`` and an end."""

    def began(self, trial: Trial) -> None:
        """A trial begins, or is read from what was kept."""

    def epoch(self, metrics: dict[str, float], epoch: int) -> None:
        """An epoch of it has ended; those of an interrupted process come again."""

    def finished(self, result: TrialResult) -> None:
        """It is finished."""

    def failed(self, error: BaseException) -> None:
        """It ended before its end."""


class Silence:
    """A report that goes nowhere."""

    def began(self, trial: Trial) -> None:
        """Do nothing."""

    def epoch(self, metrics: dict[str, float], epoch: int) -> None:
        """Do nothing."""

    def finished(self, result: TrialResult) -> None:
        """Do nothing."""

    def failed(self, error: BaseException) -> None:
        """Do nothing."""


def run_trials(
    trials: Sequence[Trial], root: Path, *, report: TrialReport | None = None
) -> list[TrialResult]:
    """Run trials one after another; those that an earlier call finished are read instead.

    A trial that was interrupted goes on from its last whole epoch. A finished one stays under
    ``root`` until a trial of the same name with other data, settings or code is finished.

    Args:
        trials: What to run, in this order; names must differ, odd characters apart.
        root: Folder of the trials of one data set, task and purpose.
        report: Told how they go.

    Returns:
        One result a trial, in the same order.

    Raises:
        CrackPipelineError: The error of a trial that failed, naming it; later trials do not run.
        ParameterError: If two trials have one name, or names that make one folder.
    """
    _require_distinct(trials)
    told = report or Silence()
    results = []
    for number, trial in enumerate(trials, start=1):
        logger.info("Trial %d of %d: %s", number, len(trials), trial.name)
        results.append(_run_reported(trial, root, told))
    return results


def _run_reported(trial: Trial, root: Path, report: TrialReport) -> TrialResult:
    folder, key = locate_trial(trial, root)
    report.began(trial)
    try:
        result = read_result(trial.name, folder, key, was_kept=True)
        if result is not None:
            logger.info("[%s] was finished before and is taken from %s", trial.name, folder)
            for entry in result.history:
                report.epoch(entry, int(entry["epoch"]))
        else:
            result = _run_child(trial, folder, key, report)
            _remove_superseded(folder)
    except BaseException as error:
        report.failed(error)
        raise
    report.finished(result)
    return result


def locate_trial(trial: Trial, root: Path) -> tuple[Path, str]:
    """Folder and key of a trial.

    Args:
        trial: The trial.
        root: Folder of the trials.

    Returns:
        The folder, ``<root>/<name>/<begin of the key>``, and the key.
    """
    key = trial.key()
    return root / _folder_name(trial.name) / key[:16], key


def _folder_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)


def _run_child(trial: Trial, folder: Path, key: str, report: TrialReport) -> TrialResult:
    write_trial(trial, folder)
    with (folder / _STDERR).open("w", encoding="utf-8") as stderr:
        failure: Event | None = None
        with _child(folder, key, stderr) as process:
            for event in _events_of(process):
                if event["kind"] == "epoch":
                    report.epoch(event["metrics"], int(event["epoch"]))
                elif event["kind"] == "log":
                    logger.log(event["level"], "[%s] %s", trial.name, event["message"])
                else:
                    failure = event
            code = process.wait()
    result = read_result(trial.name, folder, key, was_kept=False)
    if code != 0 or result is None:
        raise _explain(trial.name, folder, code, failure)
    return result


@contextlib.contextmanager
def _child(folder: Path, key: str, stderr: Any) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "crack_pipeline.trials.child", str(folder), key]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,  # never written to: its end tells the child that this process ended
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        encoding="utf-8",
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _events_of(process: "subprocess.Popen[str]") -> Iterable[Event]:
    assert process.stdout is not None
    for line in process.stdout:
        event = read_event(line)
        if event is not None:
            yield event


def _explain(name: str, folder: Path, code: int, failure: Event | None) -> CrackPipelineError:
    mistake = None if failure is None else restore_error(failure, name)
    if mistake is not None:
        return mistake
    return TrainingError(
        "Each trial must come to its end.",
        received=f"trial {name}: {_describe_end(folder, code, failure)}",
        remedy=f"{folder / _STDERR} holds what its process wrote. Finished trials are kept, and "
        "the same command goes on with this one from its last whole epoch.",
    )


def _describe_end(folder: Path, code: int, failure: Event | None) -> str:
    if failure is not None:
        return str(failure["received"])
    if code < 0:
        hint = ", as when memory runs out" if -code == signal.SIGKILL else ""
        return f"ended by {signal.Signals(-code).name}{hint}"
    lines = (folder / _STDERR).read_text(encoding="utf-8", errors="replace").splitlines()
    return f"exit code {code}; {' | '.join(lines[-_LINES_SHOWN:])}"


def _remove_superseded(folder: Path) -> None:
    for other in folder.parent.iterdir():
        if other != folder and other.is_dir():
            shutil.rmtree(other, ignore_errors=True)


def _require_distinct(trials: Sequence[Trial]) -> None:
    folders = [_folder_name(trial.name) for trial in trials]
    twice = [
        trial.name
        for trial, folder in zip(trials, folders, strict=True)
        if folders.count(folder) > 1
    ]
    if twice:
        raise ParameterError(
            "Trials that run together need different names, which differ in letters, digits, '.', "
            "'-' or '_': their folders are named so.",
            received=", ".join(sorted(set(twice))),
            remedy="Put what differs between them into the name: a fold, a seed, a model.",
        )
