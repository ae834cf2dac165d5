"""Outputs of a pipeline that are kept with a run, by ``metadata.tracking`` in the catalog."""

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import DamagedError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.storage import read_sealed
from crack_pipeline.tracking.models import (
    PHOTOS,
    describe_interface,
    example_for,
    pin_requirements,
)
from crack_pipeline.tracking.recorder import Recorder
from crack_pipeline.tracking.selection import RunParameters, choose_metrics
from crack_pipeline.wording.metric_labels import capitalize
from crack_pipeline.wording.scores import read_scores
from crack_pipeline.wording.verdict import Verdict

logger = logging.getLogger(__name__)

_PLACES = {"figure": "figures", "artifact": "reports", "metrics": "reports"}
_DESCRIPTION_TAG = "mlflow.note.content"
_HEADLINE_SCORES = 2
_FILES = ("model", "metrics")
_REPORTING = "08 reporting"
_ORIGIN = ("title", "folder", "homepage", "licence")
_FACTS = (
    "task",
    "model",
    "seed",
    "backend",
    "device",
    "strategy",
    "precision",
    "loss",
    "ema_momentum",
    "manifest_digest",
    "training_id",
    "n_parameters",
    "best_epoch",
    "resumed_after_epoch",
)


class KeptOutputs:
    """Knows which catalog entries a run keeps, and how.

    Args:
        conf_catalog: The catalog's configuration, with absolute paths.
    """

    def __init__(self, conf_catalog: Mapping[str, Any]) -> None:
        self._entries: dict[str, tuple[str, Path]] = {}
        self._reports: dict[str, Path] = {}
        self._indexes: set[Path] = set()
        for name, entry in conf_catalog.items():
            if not isinstance(entry, dict) or "filepath" not in entry:
                continue
            path, metadata = Path(entry["filepath"]), entry.get("metadata") or {}
            if metadata.get("tracking") is not None:
                self._entries[name] = (metadata["tracking"], path)
            if (metadata.get("kedro-viz") or {}).get("layer") == _REPORTING:
                self._reports[name] = path
            if str(entry.get("type")).endswith("FiguresDataset"):
                self._indexes.add(path)
        self._facts: dict[str, str] = {}
        self._tile_store_path: Path | None = None
        self._saved: dict[str, Path] = {}
        self._written: set[Path] = set()
        self._early: list[str] = []

    def note_facts(self, name: str, data: Any) -> None:
        """Remember what ``tile_store`` and ``model_info`` say.

        Args:
            name: Name in the catalog.
            data: What was loaded or saved under it.
        """
        if name not in ("tile_store", "model_info") or not isinstance(data, Mapping):
            return
        self._facts = {key: str(data[key]) for key in _FACTS if data.get(key) is not None}
        if name == "tile_store" and "path" in data:
            self._tile_store_path = Path(data["path"])

    def record(self, recorder: Recorder | None, name: str, data: Any) -> None:
        """Record an output if the catalog marks it.

        Args:
            recorder: The run; None if there is none yet.
            name: Name in the catalog.
            data: What was saved under it.
        """
        if name in self._reports and self._reports[name].is_file():
            self._written.update(self._files_of(self._reports[name]))
        kind, path = self._entries.get(name, (None, Path()))
        if kind is None or not path.is_file():
            return
        self._saved[kind if kind in ("model", "metrics") else name] = path
        if recorder is None:
            self._early.append(name)
            return
        if name == "model_info":
            recorder.record_tags(self._facts)
        if name == "evaluation_report":
            recorder.record_tags({_DESCRIPTION_TAG: _describe_evaluation(data)})
        if kind == "model":
            self._record_model(recorder, data, path)
            return
        if kind == "metrics":
            recorder.record_metrics(choose_metrics(data))
        if name in ("model_info", "decision", "measurement"):
            recorder.record_model_file(path)
        for file in self._files_of(path):
            recorder.record_artifact(file, _PLACES.get(kind, "reports"))

    def describe_dataset(
        self, inputs: Mapping[str, Any], parameters: RunParameters
    ) -> dict[str, str]:
        """Describe the photos that a node trains on, as MLflow shows a data set.

        Args:
            inputs: Of the node: the manifest, or a handle of the tiles that were cut from it.
            parameters: Of the run.

        Returns:
            Name, digest, source and profile.
        """
        manifest = inputs.get("manifest")
        digest = (
            self._facts.get("manifest_digest", "unknown")
            if manifest is None
            else digest_manifest(manifest)
        )
        _, path = self._entries.get("ingestion_report", ("", Path()))
        try:
            found = read_sealed(path)
        except (OSError, DamagedError):
            found = {}  # a run can be recorded without it
        profile = {name: found[name] for name in ("usable", "labels", "splits") if name in found}
        source = {name: found[name] for name in _ORIGIN if found.get(name)}
        return {
            "name": str(parameters.values.get("dataset", "photos")),
            "digest": digest,
            "source_type": str(found.get("source", "local")),
            "source": json.dumps(source),
            "profile": json.dumps(profile),
        }

    def record_early(self, recorder: Recorder) -> None:
        """Record the files that were saved before there was a run.

        Args:
            recorder: The run.
        """
        for name in self._early:
            kind, path = self._entries[name]
            if kind in ("figure", "artifact"):
                for file in self._files_of(path):
                    recorder.record_artifact(file, _PLACES[kind])
        self._early.clear()

    def announce(self, recorder: Recorder | None) -> None:
        """Say where the results are.

        Args:
            recorder: The run, closed; None if nothing was recorded.
        """
        places = {name: {str(self._saved[name])} for name in _FILES if name in self._saved}
        places |= {label: folders for label, folders in self._list_folders().items() if folders}
        if len(places) == 1:
            ((label, paths),) = places.items()
            logger.info("%s: %s", capitalize(label), " and ".join(sorted(paths)))
        elif places:
            common = os.path.commonpath([path for paths in places.values() for path in paths])
            lines = [f"Results in {common}:"]
            for label, paths in places.items():
                below = " and ".join(os.path.relpath(path, common) for path in sorted(paths))
                lines.append(f"  {label}: {below}")
            logger.info("%s", "\n".join(lines))
        if "report" in self._saved:
            logger.info("Report: %s", self._saved["report"])
        if recorder is not None and not recorder.is_lost:
            command, address = recorder.viewing_command, recorder.address
            logger.info("Run: %s; `%s` shows it at\n  %s", recorder.name, command, address)

    def _files_of(self, path: Path) -> list[Path]:
        if path not in self._indexes:
            return [path]
        from crack_pipeline.datasets.figures import list_pictures

        return list_pictures(path)

    def _list_folders(self) -> dict[str, set[str]]:
        paths = {*self._written, *self._saved.values()}
        figures = {str(path.parent) for path in paths if path.suffix == ".png"}
        named = {self._saved.get("metrics")}
        reports = {str(path.parent) for path in self._written - named if path.suffix != ".png"}
        both = figures & reports
        return {"figures": figures - both, "reports": reports - both, "figures and reports": both}

    def _record_model(self, recorder: Recorder, model: Any, path: Path) -> None:
        interface = describe_interface(model)
        with tempfile.TemporaryDirectory() as folder:
            example = Path(folder) / "input_example.npy"
            np.save(example, example_for(interface, self._example_tile()))
            recorder.record_model(
                path,
                example,
                interface=interface,
                requirements=pin_requirements(),
                takes=PHOTOS,
            )

    def _example_tile(self) -> NDArray[np.uint8] | None:
        if self._tile_store_path is None or not self._tile_store_path.is_dir():
            return None
        from crack_pipeline.tiles.store import open_tile_store

        return np.asarray(open_tile_store(self._tile_store_path).tiles[0])


def _describe_evaluation(report: Mapping[str, Any]) -> str:
    """The description of the run on its page: headline, verdict and doubts, as Markdown."""
    verdict = Verdict.from_json(report.get("verdict") or {})
    headline = read_scores(report.get("headline"))[:_HEADLINE_SCORES]
    scores = [f"**{score.title}: {score.format()}**" for score in headline]
    told = [*scores, verdict.surface, *verdict.quality, *verdict.doubts]
    return "\n".join(f"- {sentence}" for sentence in told if sentence)
