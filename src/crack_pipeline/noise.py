"""Output on the screen: third parties are kept quiet, steps go to the log file alone."""

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from crack_pipeline.mistakes import find_mistake

_STDERR = 2
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}

_WARNINGS: tuple[tuple[str, type[Warning]], ...] = (
    # OmegaConf 2.4 on how Kedro 1.7 registers its resolvers
    (r"register_new_resolver\(\) is deprecated", UserWarning),
    # Kedro 1.7 prefers --pipelines; --pipeline is what this project documents
    (r"Option '--pipeline' is deprecated", DeprecationWarning),
)


LOG_FILE = Path("logs/kedro.log")
"""Relative to the project; all lines of the screen, and one per node."""

_MOST_LOG_BYTES = 5_000_000
_started = False


def silence_noise() -> None:
    """Keep third parties quiet; what the user has set in the environment wins.

    Kedro calls this first of all, seconds before it knows the project: a word is due then.
    """
    _say_start()
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for message, category in _WARNINGS:
        warnings.filterwarnings("ignore", message=message, category=category)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addFilter(_worth_reading)
    logging.getLogger("kedro.pipeline.node").addFilter(_readable_node)
    logging.getLogger("kedro.runner.sequential_runner").addFilter(_useful_to_users)


@contextmanager
def hold_back_stderr() -> Iterator[None]:
    """Hold back what the process writes to its standard error; show it if an error is raised."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held_back:
        own = os.dup(_STDERR)
        os.dup2(held_back.fileno(), _STDERR)
        try:
            yield
        except BaseException:
            os.dup2(own, _STDERR)
            held_back.seek(0)
            os.write(_STDERR, held_back.read())
            raise
        finally:
            os.dup2(own, _STDERR)
            os.close(own)


def _say_start() -> None:
    global _started
    if _is_command() and not _started:
        command = " ".join(["kedro", *sys.argv[1:2]])
        sys.stderr.write(f"{command}: starting …\n")
        sys.stderr.flush()
        sys.excepthook = _show_error
    _started = True


def _show_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("Interrupted.\n")  # while it was starting: nothing has been done
    else:
        sys.__excepthook__(kind, error, trace)


def _is_command() -> bool:
    return Path(sys.argv[0]).stem == "kedro"


def divide_log() -> None:
    """Send the steps of single nodes to the log file alone, all else to screen and file.

    ``conf/logging.yml`` cannot say so: Kedro allows no classes of a project there. Commands alone
    have a log file, other programs, such as tests, have none.
    """
    root = logging.getLogger()
    if not _is_command() or any(isinstance(handler, _LogFile) for handler in root.handlers):
        return
    for handler in root.handlers:
        handler.addFilter(_for_screen)
    file = _LogFile(LOG_FILE, encoding="utf-8", delay=True)
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    root.addHandler(file)


def _for_screen(record: logging.LogRecord) -> bool:
    is_step = record.name == "kedro.pipeline.node" or (
        record.name.startswith("kedro.runner") and str(record.msg).startswith("Completed ")
    )
    return not is_step or record.levelno > logging.INFO


class _LogFile(logging.FileHandler):
    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is None:
            path = Path(self.baseFilename)
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file() and path.stat().st_size > _MOST_LOG_BYTES:
                path.unlink()
        super().emit(record)


def _worth_reading(record: logging.LogRecord) -> bool:
    # MLflow 3 on a class of kedro-mlflow 2.0 whenever that is imported; it bypasses the filters.
    return "Add type hints to the `predict` method" not in record.getMessage()


def _readable_node(record: logging.LogRecord) -> bool:
    if record.msg == "Running node: %s" and isinstance(record.args, tuple):
        # The node's name is enough; its inputs and outputs are what `kedro viz` is for.
        record.args = (str(record.args[0]).split(":", 1)[0],)
    # Kedro logs the error of a node and raises it; the raised one is shown anyway.
    return record.levelno < logging.ERROR


def _useful_to_users(record: logging.LogRecord) -> bool:
    if str(record.msg).startswith(("Using synchronous mode", "Completed node")):
        return False
    # Where the error states its remedy, advice on resuming from a node only distracts.
    in_mistake = find_mistake(sys.exc_info()[1]) is not None
    return not (in_mistake and record.levelno == logging.WARNING)
