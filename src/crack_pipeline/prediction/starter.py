"""The starter: a trained model that comes as a package of its own, ``crack_pipeline_starter``."""

import importlib.util
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from crack_pipeline.data_source import Source
from crack_pipeline.errors import CrackPipelineError, ParameterError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.prediction.bundle import (
    DECISION_FILE,
    INFO_FILE,
    MEASUREMENT_FILE,
    NETWORK_FILE,
    ModelBundle,
)
from crack_pipeline.sources import starter as data
from crack_pipeline.sources.class_folders import METU
from crack_pipeline.sources.sdnet2018 import SOURCE as SDNET2018
from crack_pipeline.version import __version__
from crack_pipeline.wording.numbers import format_number

STARTER = "starter"
"""What users type as the model."""

TRAIN_IT = "`kedro run --pipeline=train --env=starter`"
_PACKAGE = "crack_pipeline_starter"
_FILES = (NETWORK_FILE, INFO_FILE, DECISION_FILE, MEASUREMENT_FILE)
_CC_BY = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
_SCORES = {
    "test_f1_tolerance_2px_pooled": "F1 with 2 px tolerance",
    "test_f1_pooled": "F1",
    "test_cldice_pooled": "clDice",
    "test_a90_95_px": "width in px from which 20 px of crack are found in 9 of 10 cases (95 %)",
}


def find_starter() -> Path | None:
    """Folder of the installed starter's model; None where the package is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"


def read_starter() -> ModelBundle:
    """Read the installed starter.

    Raises:
        ParameterError: If it is not installed, damaged, of a later version, or of another task.
    """
    folder = find_starter()
    if folder is None:
        raise ParameterError(
            "The starter is a package of its own.",
            received=f"no package {_PACKAGE}",
            remedy=f"Install its wheel, or make it: {TRAIN_IT}, then `make starter-wheel`.",
        )
    try:
        bundle = ModelBundle.from_folder(folder)
        if bundle.info.task != "segmentation":
            raise _refuse(f"a {bundle.info.task} model")
        _require_whole(folder / NETWORK_FILE)
    except (CrackPipelineError, zipfile.BadZipFile) as error:
        raise ParameterError(
            "The installed starter must be whole, and of a version that this one reads.",
            received=f"{folder}: {getattr(error, 'received', error)}",
            remedy=f"Install the wheel of {_PACKAGE} again that belongs to crack_pipeline "
            f"{__version__}, or name another --model.",
        ) from error
    return bundle


def _require_whole(network: Path) -> None:
    """Check the network's file now, as it is loaded long after the model was chosen."""
    with zipfile.ZipFile(network) as archive:
        if (damaged := archive.testzip()) is not None:
            raise zipfile.BadZipFile(f"{damaged} in {network.name} is damaged")


def build_wheel(project: Path) -> Path:
    """Build the wheel of the starter that a project has trained.

    Args:
        project: Folder of the project.

    Returns:
        The wheel, in its ``dist`` folder.

    Raises:
        ParameterError: If there is no evaluated starter, or it learnt from other data.
    """
    model, dist = project / "data/06_models/starter/segmentation", project / "dist"
    listed = project / "data/02_intermediate/starter/manifest.parquet"
    scores = project / "data/08_reporting/starter/segmentation/metrics.json"
    needed = [*(model / name for name in _FILES), listed, scores]
    if missing := [path.name for path in needed if not path.is_file()]:
        raise _refuse(f"no {', '.join(missing)} of a starter in {project / 'data'}")
    bundle, manifest = ModelBundle.from_folder(model), pd.read_parquet(listed)
    _require_free(bundle, manifest)
    card = _describe(bundle, manifest, json.loads(scores.read_text("utf-8")))
    with TemporaryDirectory() as folder:
        _write_package(Path(folder), model, _attribute(manifest), card)
        before = set(dist.glob("*.whl"))
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(dist)]
        subprocess.run([*command, folder], check=True)
    made = sorted(set(dist.glob("*.whl")) - before) or sorted(dist.glob(f"{_PACKAGE}*.whl"))
    return made[-1]


def _refuse(received: str) -> ParameterError:
    return ParameterError(
        "The wheel of the starter is built from an evaluated model of the starter's data.",
        received=received,
        remedy=f"Run {TRAIN_IT} first.",
    )


def _require_free(bundle: ModelBundle, manifest: pd.DataFrame) -> None:
    """Refuse a model whose data must not be passed on, such as DeepCrack's."""
    if bundle.info.task != "segmentation":
        raise _refuse(f"a {bundle.info.task} model")
    others = sorted(set(manifest["source"]) - {data.SOURCE.name})
    if others:
        raise _refuse(f"a model that learnt from {', '.join(others)}")
    if bundle.info.starting_weights is not None:
        raise _refuse(f"a model that started from the weights {bundle.info.starting_weights}")
    if bundle.info.manifest_digest != digest_manifest(manifest):
        raise _refuse("a model that was trained with another manifest")


def _write_package(folder: Path, model: Path, attribution: str, card: str) -> None:
    package = folder / _PACKAGE
    (package / "model").mkdir(parents=True)
    for name in _FILES:
        shutil.copy(model / name, package / "model" / name)
    (package / "__init__.py").write_text('"""A trained crack model: see MODEL_CARD.md."""\n')
    (package / "ATTRIBUTION.md").write_text(attribution, "utf-8")
    (package / "MODEL_CARD.md").write_text(card, "utf-8")
    (folder / "pyproject.toml").write_text(_PROJECT.format(name=_PACKAGE, version=__version__))


def _attribute(manifest: pd.DataFrame) -> str:
    lines = [
        f"- {source.title}: {source.citation}. Licence: {_CC_BY}. Its page: {source.homepage}"
        for source in _list_sources(manifest)
    ]
    changes = (
        "The weights were computed from these photos, with cracks drawn onto crack-free ones. The "
        "authors of the photos do not endorse them.\n"
    )
    return "# Attribution\n\n" + "\n".join(lines) + "\n\n" + changes


def _list_sources(manifest: pd.DataFrame) -> list[Source]:
    has_sdnet2018 = manifest["image_id"].str.startswith("sdnet2018/").any()
    return [METU, SDNET2018] if has_sdnet2018 else [METU]


def _describe(bundle: ModelBundle, manifest: pd.DataFrame, metrics: dict[str, float]) -> str:
    scores: Sequence[str] = [
        f"- {words}: {format_number(metrics[name])}"
        for name, words in _SCORES.items()
        if metrics.get(name) is not None
    ]
    info = bundle.info
    return _CARD.format(
        version=__version__,
        model=info.model,
        parameters=info.n_parameters,
        seed=info.seed,
        threshold=bundle.threshold,
        scores="\n".join(scores),
        sources=" and ".join(source.title for source in _list_sources(manifest)),
        counts=", ".join(f"{n} {split}" for split, n in manifest["split"].value_counts().items()),
        today=date.today().isoformat(),
    )


_PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "{version}"
description = "A trained crack model for crack_pipeline: cracks drawn onto METU's surfaces."
license = "Apache-2.0 AND CC-BY-4.0"
requires-python = ">=3.11"
dependencies = ["crack-pipeline>={version}"]

[tool.setuptools]
packages = ["{name}"]

[tool.setuptools.package-data]
{name} = ["*.md", "model/*"]
"""

_CARD = """\
# Starter of crack_pipeline {version}

A segmentation model ({model}, {parameters} parameters, seed {seed}, threshold {threshold:.3g})
that finds cracks in photos of concrete and asphalt.

It learnt from cracks drawn onto photos of crack-free surfaces, from these photos as they are, and
from drawn asphalt; real photos are from: {sources}.
No mask by a person was among them. Photos: {counts}. The wheel was built on {today}.

Its test photos are composites, real surfaces with drawn cracks: these scores are on composites.

{scores}

Widths, error bars and detection limits are on composites, too. Before they decide anything, check
them by crack gauge on your own photos, or train on your own labels.
"""


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{build_wheel(Path.cwd())}\n")
    except (CrackPipelineError, subprocess.CalledProcessError) as failure:
        sys.exit(f"{type(failure).__name__}: {failure}")
