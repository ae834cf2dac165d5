"""MLflow's page of a local store, and the address of the project's runs on it."""

import os
import signal
import subprocess
import sys
import webbrowser
from contextlib import suppress
from dataclasses import replace
from typing import Any

import click
import psutil

from crack_pipeline.tracking.store import StoreUnreachableError, TrackingStore

_QUIET = "ignore:starlette.middleware.wsgi is deprecated"  # MLflow 3.17 on Starlette 1


def plugin_commands() -> Any:
    """The commands of kedro-mlflow."""
    from kedro_mlflow.framework.cli.cli import mlflow_commands

    return mlflow_commands


def show_runs(store: TrackingStore, host: str, port: str) -> int:
    """Serve the page of a local store until Ctrl-C, or open that of a server.

    Args:
        store: The store.
        host: Name that the page is served under; 0.0.0.0 for all of this machine.
        port: Its port.

    Returns:
        Exit code.
    """
    page = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
    store = replace(store, local_page=page)
    if store.is_server:
        webbrowser.open(_print_address(store))
        return 0
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store.uri]
    command += ["--host", host, "--port", port, "--workers", "1"]
    warnings = ",".join(filter(None, [os.environ.get("PYTHONWARNINGS"), _QUIET]))
    own = {**os.environ, "PYTHONWARNINGS": warnings}
    # In a session of its own: at Ctrl-C its parts would each print a traceback.
    with subprocess.Popen(command, env=own, start_new_session=True) as server:
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.default_int_handler)
        try:
            # The server takes seconds to start: the address is looked up meanwhile.
            _print_address(store)
            return server.wait()
        except KeyboardInterrupt:
            for process in [*psutil.Process(server.pid).children(recursive=True), server]:
                process.terminate()
            return 0


def _print_address(store: TrackingStore) -> str:
    with suppress(StoreUnreachableError):  # the server says what is wrong with its store
        store.find_experiment()
    click.echo(f"Runs: {store.address()}")
    return store.address()
