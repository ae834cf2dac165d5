"""The end of a command: one message for a mistake, and a quick end at Ctrl-C."""

import atexit
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from crack_pipeline.errors import FollowerDoneError
from crack_pipeline.mistakes import find_mistake
from crack_pipeline.tracking.active import close_active, interrupted

_SECONDS_TO_STOP = 0.8
_SECONDS_TO_CLOSE = 1.0
_SECONDS_TO_NOTE = 0.1
_INTERRUPTED = 130  # what shells report for Ctrl-C
_STDERR = 2
_screen = _STDERR
_is_ending = False
_INTERRUPTED_MESSAGE = (
    "Interrupted. The same command goes on where this one stopped, a training after its last whole "
    "epoch."
)


@contextmanager
def one_message_for_a_mistake() -> Iterator[None]:
    """Turn what a user can mend into one message on standard error and an exit code.

    Raises:
        SystemExit: 1 for a mistake; 130 for Ctrl-C; 0 for a process that helped to train.
    """
    try:
        yield
    except (KeyboardInterrupt, Exception) as error:
        if isinstance(error, KeyboardInterrupt) or interrupted.is_set():
            _end_interrupted()
            sys.exit(_INTERRUPTED)
        mistake = find_mistake(error)
        if mistake is None:
            raise
        if isinstance(mistake, FollowerDoneError):
            click.echo(f"Process {mistake.process} is done; process 0 keeps the model", err=True)
            sys.exit(0)
        click.echo(f"{type(mistake).__name__}: {mistake}", err=True)
        sys.exit(1)


@contextmanager
def ending_at_interrupt() -> Iterator[None]:
    """End the process soon after Ctrl-C, also where compiled code does not return to Python.

    Python raises ``KeyboardInterrupt`` between two of its own instructions, which a step of a
    network, or the import of its library, may be long in coming to. The signal itself wakes a
    thread, which ends the process if that has not happened in time. What is on disk is whole then:
    files are written under another name and renamed.
    """
    global _is_ending, _screen
    _is_ending = False
    interrupted.clear()
    _screen = os.dup(_STDERR)  # the screen itself, also while output of a library is held back
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    earlier = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_end_after_signal, args=(reader,), daemon=True).start()
    try:
        yield
    except SystemExit as ended:
        # The signal wakes a thread, which notes it: without one, somebody else raised the error.
        if ended.code == _INTERRUPTED and interrupted.wait(_SECONDS_TO_NOTE):
            _leave()
        raise
    finally:
        signal.set_wakeup_fd(earlier)
        writer.close()
        if not interrupted.is_set():
            os.close(_screen)
            _screen = _STDERR


def _leave() -> None:
    """End without Python's own ending, in which libraries of networks take many seconds."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed already
            stream.flush()
    logging.shutdown()
    if "joblib" in sys.modules:  # its workers would hold the screen for minutes
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor(reuse=True).shutdown(kill_workers=True)
    atexit._run_exitfuncs()
    _exit()


def _exit() -> None:
    for worker in multiprocessing.active_children():
        worker.terminate()
    os._exit(_INTERRUPTED)


def _end_after_signal(reader: socket.socket) -> None:
    with reader:
        while (received := reader.recv(1)) != bytes([signal.SIGINT]):
            if not received:
                return
    interrupted.set()
    time.sleep(_SECONDS_TO_STOP)
    if _is_ending:
        time.sleep(_SECONDS_TO_CLOSE)
    else:
        closing = threading.Thread(target=_end_interrupted, daemon=True)
        closing.start()
        closing.join(_SECONDS_TO_CLOSE)
    _exit()


def _end_interrupted() -> None:
    """End the recorded run as killed, and say how to go on."""
    global _is_ending
    _is_ending = True
    os.write(_screen, f"{_INTERRUPTED_MESSAGE}\n".encode())
    close_active("KILLED")
