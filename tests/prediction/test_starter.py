import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.prediction.starter import build_wheel
from crack_pipeline.storage import read_sealed, seal_record


def make_manifest(image_id: str, source: str) -> pd.DataFrame:
    paths = dict.fromkeys(("image_path", "mask_path", "raw_mask_path"), "/elsewhere")
    return pd.DataFrame([{"image_id": image_id, "source": source, "split": "train", **paths}])


def write_network(path: Path) -> None:
    """A file that is whole; nothing is loaded from it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")


@pytest.fixture
def project(tmp_path):
    """A project with an evaluated starter, whose network is never loaded."""
    manifest = make_manifest("composites/00000", "starter")
    model, reports = (
        tmp_path / "data" / part / "starter" / "segmentation"
        for part in ("06_models", "08_reporting")
    )
    for folder in (model, reports, tmp_path / "data/02_intermediate/starter"):
        folder.mkdir(parents=True)
    manifest.to_parquet(tmp_path / "data/02_intermediate/starter/manifest.parquet")
    identity = {
        "task": "segmentation",
        "model": "hairline",
        "manifest_digest": digest_manifest(manifest),
    }
    facts = {**identity, "tile_px": 32, "overlap_px": 8, "n_parameters": 5, "seed": 0}
    decision = {**identity, "threshold": 0.4, "views": "none"}
    for name, content in {
        "model_info": facts,
        "decision": decision,
        "measurement": {**identity, "threshold": 0.4, "views": "none"},
    }.items():
        (model / f"{name}.json").write_text(json.dumps(seal_record(content)))
    write_network(model / "model.keras")
    (reports / "metrics.json").write_text(json.dumps({"test_f1_pooled": 0.75}))
    return tmp_path


def test_a_model_that_was_not_evaluated_gives_no_wheel(project):
    (project / "data/06_models/starter/segmentation/decision.json").unlink()
    with pytest.raises(ParameterError, match=r"no decision.json.*train --env=starter"):
        build_wheel(project)
    (project / "data/08_reporting/starter/segmentation/metrics.json").unlink()
    with pytest.raises(ParameterError, match=r"no decision.json, metrics.json"):
        build_wheel(project)


def test_a_model_of_other_data_gives_no_wheel(project):
    path = project / "data/02_intermediate/starter/manifest.parquet"
    make_manifest("11111", "deepcrack").to_parquet(path)
    with pytest.raises(ParameterError, match="learnt from deepcrack"):
        build_wheel(project)
    make_manifest("drawn/00000", "starter").to_parquet(path)
    with pytest.raises(ParameterError, match="another manifest"):
        build_wheel(project)


def test_a_model_that_started_from_other_weights_gives_no_wheel(project):
    path = project / "data/06_models/starter/segmentation/model_info.json"
    facts = {**read_sealed(path), "starting_weights": "deepcrack.keras"}
    path.write_text(json.dumps(seal_record(facts)))
    with pytest.raises(ParameterError, match=r"started from the weights deepcrack.keras"):
        build_wheel(project)


def test_a_project_without_starter_is_told_in_one_message(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "crack_pipeline.prediction.starter"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "train --env=starter" in ended.stderr


@pytest.mark.slow
def test_the_wheel_holds_the_model_and_says_whose_photos_it_learnt_from(project):
    (project / "data/06_models/starter/segmentation/model.keras.bak").touch()
    wheel = build_wheel(project)
    assert wheel.name == "crack_pipeline_starter-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        attribution = archive.read("crack_pipeline_starter/ATTRIBUTION.md").decode()
        card = archive.read("crack_pipeline_starter/MODEL_CARD.md").decode()
    assert {f"crack_pipeline_starter/model/{name}" for name in ("model.keras", "decision.json")} < (
        names
    )
    assert not any(name.endswith(".bak") for name in names)
    assert "Özgenel" in attribution
    assert "CC BY 4.0" in attribution
    assert "on composites" in card
    assert "Photos: 1 train." in card
    assert "F1: 0.750" in card
    target = project / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*install, str(target), str(wheel)], check=True)
    code = "from crack_pipeline.prediction.starter import read_starter as r; print(r().threshold)"
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(target)!r}); {code}"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert float(found.stdout) == 0.4
