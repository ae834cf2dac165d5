"""docs/how_to/add_a_network.md, taken word for word: three files, and the network trains."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how_to" / "add_a_network.md"
TRAIN = """
import sys
import keras, numpy as np
import crack_pipeline
assert crack_pipeline.__file__.startswith(sys.argv[1]), crack_pipeline.__file__
from crack_pipeline.models.builders import build_model
from crack_pipeline.models.settings import SegmentationModel
from crack_pipeline.training.compiling import compile_model
from crack_pipeline.training.recipe import TrainingRecipe

settings = SegmentationModel(name="dilated", dilated={"filters": 4, "dilations": [1, 2]})
model = build_model("segmentation", settings, input_px=16)
recipe = TrainingRecipe(epochs=1)
compile_model(model, recipe, task="segmentation", learning_rate=0.01, epochs=1, steps=2)
photos = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
before = model(photos)
model.fit(photos, (photos[..., :1] < 90).astype("float32"), epochs=2, verbose=0)
assert np.abs(model(photos) - before).max() > 0
model.save("dilated.keras")
kept = keras.saving.load_model("dilated.keras", compile=False)
np.testing.assert_allclose(kept(photos), model(photos))
print("output:", kept.output_shape, "named", kept.name)
"""


def apply_page(source: Path) -> set[str]:
    """Write the page's new file and its changes; the files that it touches."""
    touched = set()
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        named = re.search(r"`src/(crack_pipeline/[\w/]+\.py)`", section.splitlines()[0])
        for kind, block in re.findall(r"```(python|diff)\n(.*?)```", section, re.S):
            assert named is not None, "a block of code below a heading that names no file"
            touched.add(named[1])
            path = source / named[1]
            if kind == "python":
                assert not path.exists()
                path.write_text(block, encoding="utf-8")
                continue
            lines = block.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] != "+")
            text = path.read_text(encoding="utf-8")
            assert text.count(old) == 1, f"{path.name} has no such place:\n{old}"
            new = "".join(line[1:] for line in lines if line[0] != "-")
            path.write_text(text.replace(old, new), encoding="utf-8")
    return touched


def test_three_files_make_a_network_that_trains(tmp_path):
    source = tmp_path / "src"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "crack_pipeline", source / "crack_pipeline", ignore=ignored)
    touched = apply_page(source)
    assert len(touched) == 3, touched
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(source)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(source), "PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "output: (None, None, None, 1) named dilated" in done.stdout, done.stderr[-3000:]
