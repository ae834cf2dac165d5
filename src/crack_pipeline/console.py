"""The command ``crack-pipeline``, which needs no project; and the options of a prediction."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from crack_pipeline.interruption import ending_at_interrupt, one_message_for_a_mistake

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("photos", type=click.Path()),
    click.option("--mm-per-px", type=float, help="Size of a pixel on the surface in mm."),
    click.option("--scale-error", type=float, help="Its 95 % error as a share, 0.03 = 3 %."),
    click.option(
        "--scale",
        type=click.Choice(["native", "auto"]),
        help="auto predicts at the size that is most like training.",
    ),
    click.option("--limit-mm", type=float, help="Crack width in mm that must be found."),
    click.option("--model", help="starter, folder of a model, or MLflow run."),
    click.option("--out", "output", type=click.Path(), help="Folder that is written."),
    click.option("--measure/--masks-only", default=None, help="Measure cracks, or mark them only."),
    click.option("--probabilities", is_flag=True, default=None, help="Write 16-bit PNG too."),
    click.option("--max-gap-px", type=float, help="Longest gap in a crack that is bridged."),
    click.option("--min-length-px", type=float, help="Shorter marks are not listed."),
    click.option("--metadata", type=click.Path(), help="CSV of columns by photo."),
    click.option("--checks", type=click.Path(), help="CSV of crack-gauge readings."),
)
"""Named like the parameters of ``prediction``, except for ``--out``."""


def prediction_options(command: _Command) -> _Command:
    """Give a command the options of a prediction; what was not typed is left out."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group()
def main() -> None:
    """Find and measure cracks in photos of surfaces."""


@main.command()
@prediction_options
def predict(**typed: Any) -> None:
    """Find and measure the cracks in PHOTOS, a folder or one photo."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("crack_pipeline").setLevel(logging.INFO)
    with ending_at_interrupt(), one_message_for_a_mistake():
        from crack_pipeline.inspection.running import predict_folder
        from crack_pipeline.inspection.settings import read_params
        from crack_pipeline.tracking.model_choice import choose_model

        params = read_params({name: given for name, given in typed.items() if given is not None})
        settings = params.resolve(Path.cwd())
        bundle, origin = choose_model(params.model)
        logging.getLogger(__name__).info("Model: %s", origin)
        inspection = predict_folder(bundle, settings)
        click.echo(inspection.summarize())
        inspection.require_whole()
