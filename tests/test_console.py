"""The command that needs no project."""

import subprocess
import sys

from click.testing import CliRunner

from crack_pipeline.cli import cli
from crack_pipeline.console import main
from crack_pipeline.inspection.settings import PredictionParams

SLOW = {"cv2", "kedro", "keras", "matplotlib", "mlflow", "pandas", "scipy", "sklearn", "tensorflow"}


def test_help_imports_nothing_slow():
    code = f"import sys, crack_pipeline.console; print(sorted({SLOW} & {{*sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_parameter_has_an_option():
    in_project = {option.name for option in cli.commands["predict"].params}
    assert in_project - {"env"} == set(PredictionParams.model_fields)
    outside = {option.name for option in main.commands["predict"].params}
    assert outside == set(PredictionParams.model_fields) - {"track"}


def test_mistakes_are_told_in_one_message(tmp_path):
    for options, told in (
        ([str(tmp_path)], "no --model"),
        ([str(tmp_path), "--model", ""], "nothing"),
        ([str(tmp_path), "--mm-per-px", "nan"], "finite number"),
        ([str(tmp_path), "--mm-per-px", "0"], "greater than 0"),
        ([str(tmp_path), "--model", str(tmp_path / "gone")], "no folder at"),
    ):
        ended = CliRunner().invoke(main, ["predict", *options])
        assert ended.exit_code == 1
        assert told in ended.output
        assert ended.output.count("Received: ") == 1
