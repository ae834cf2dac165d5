from typing import cast

import pytest

from crack_pipeline.tracking import active_run_id, log_epoch, tag_run
from crack_pipeline.tracking.active import activate, close_active
from crack_pipeline.tracking.recorder import Recorder


class Listener:
    run_id = "abc"

    def __init__(self) -> None:
        self.heard: list[object] = []

    def record_metrics(self, metrics: dict[str, float], *, step: int = 0) -> None:
        self.heard.append((step, metrics))

    def record_tags(self, tags: dict[str, str]) -> None:
        self.heard.append(tags)

    def close(self, status: str) -> None:
        self.heard.append(status)


def test_nothing_happens_where_no_run_is_recorded() -> None:
    log_epoch({"loss": 1.0}, 1)
    tag_run({"backend": "jax"})
    close_active("FINISHED")
    assert active_run_id() is None


def test_what_nodes_say_reaches_the_run() -> None:
    listener = Listener()
    activate(cast(Recorder, listener))
    assert active_run_id() == "abc"
    tag_run({"backend": "jax"})
    log_epoch({"epoch": 2.0, "loss": 0.5}, 2)
    close_active("FINISHED")
    assert listener.heard == [{"backend": "jax"}, (2, {"train/loss": 0.5}), "FINISHED"]
    assert active_run_id() is None


@pytest.mark.parametrize("module", ["mlflow", "tensorflow"])
def test_importing_tracking_imports_no_heavy_package(module: str) -> None:
    import subprocess
    import sys

    code = f"import sys, crack_pipeline.tracking; sys.exit('{module}' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
