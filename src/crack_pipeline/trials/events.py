"""Events of a child process: one line of JSON each."""

import json
import logging
import os
import sys
import threading
from typing import Any, TextIO

from crack_pipeline import errors
from crack_pipeline.errors import CrackPipelineError

Event = dict[str, Any]
"""``kind`` (log, epoch or failed) and its content."""


class EventWriter:
    """Writes events to what was standard output; anything else that is printed goes elsewhere.

    Network libraries print where they like, so the stream of events gets a descriptor of its own.
    """

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stream: TextIO = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._lock = threading.Lock()

    def write(self, kind: str, **content: Any) -> None:
        """Write an event at once.

        Args:
            kind: What happened.
            **content: JSON-ready.
        """
        with self._lock:
            self._stream.write(json.dumps({"kind": kind, **content}) + "\n")
            self._stream.flush()


class EventHandler(logging.Handler):
    """Sends log records as events.

    Args:
        writer: Where to.
    """

    def __init__(self, writer: EventWriter) -> None:
        super().__init__(logging.INFO)
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        self._writer.write("log", level=record.levelno, message=record.getMessage())


def read_event(line: str) -> Event | None:
    """Read a line of a child's events.

    Args:
        line: One line.

    Returns:
        The event; None for the half line of a process that was ended.
    """
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and "kind" in event else None


def describe_error(error: Exception) -> Event:
    """Put an error into words that another process can raise it from.

    Args:
        error: What ended a trial.

    Returns:
        Its class and its text; rule, received and remedy where it has them.
    """
    if isinstance(error, CrackPipelineError):
        return {
            "error": type(error).__name__,
            "rule": error.rule,
            "received": error.received,
            "remedy": error.remedy,
        }
    return {"error": type(error).__name__, "received": f"{type(error).__name__}: {error}"}


def restore_error(event: Event, name: str) -> CrackPipelineError | None:
    """Make the error of a child again, naming its trial.

    Args:
        event: From ``describe_error``.
        name: Of the trial.

    Returns:
        An error of the same class; None if it was none that a user can mend.
    """
    kind = getattr(errors, str(event.get("error")), None)
    if "rule" not in event or not (isinstance(kind, type) and issubclass(kind, CrackPipelineError)):
        return None
    return kind(
        event["rule"], received=f"{event['received']} (trial {name})", remedy=event["remedy"]
    )
