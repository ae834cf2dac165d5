"""Nodes of the ``explain`` stage. What imports Keras is imported inside them."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.explain.photos import choose_photos, choose_shown_photo, list_joint_photos
from crack_pipeline.manifest import usable_rows
from crack_pipeline.pipelines.params import ExplanationParams
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.decision import require_own_evaluation
from crack_pipeline.prediction.model_info import read_model_info
from crack_pipeline.progress import track
from crack_pipeline.tasks.outcomes import require_same_manifest
from crack_pipeline.types import Task

if TYPE_CHECKING:
    from crack_pipeline.explain.explainer import ExplainedPhoto

logger = logging.getLogger(__name__)


def show_network(
    *,
    model: Any,
    model_info: dict[str, Any],
    manifest: pd.DataFrame,
    task: Task,
    explanation: ExplanationParams,
    dataset: str,
) -> dict[str, Figure]:
    """Show the first filters of a network, and what its blocks make of a test photo.

    Args:
        model: The trained network.
        model_info: What training wrote beside it.
        manifest: The manifest that it was trained with.
        task: What the model was trained for.
        explanation: Settings by task.
        dataset: Name of the data set, for titles.

    Returns:
        The figures by name, those of first_layer_filters and activation_maps that the network has.

    Raises:
        ManifestError: If the manifest is another one, or its test split is empty.
        ParameterError: If the model is of another task.
    """
    from crack_pipeline.explain.layers import (
        list_blocks,
        list_feature_layers,
        read_activations,
        read_filters,
    )
    from crack_pipeline.explain.sheets import draw_activations, draw_filters

    info = read_model_info(model_info, task=task)
    require_same_manifest(info, manifest)
    image_id, photo = choose_shown_photo(manifest, info)
    layers = list_feature_layers(model, info.tile_px)
    figures = {}
    if (filters := read_filters(layers)) is None:
        logger.warning("First filters: the network has no convolution that sees three colours.")
    else:
        layer, kernels = filters
        title = f"First filters\n{dataset} · {info.model}, {len(kernels)} filters"
        figures["first_layer_filters"] = draw_filters(kernels, layer=layer, title=title)
    if maps := read_activations(model, list_blocks(layers), photo):
        title = f"What each block makes of a photo\n{dataset}, test, {image_id} · {info.model}"
        figures["activation_maps"] = draw_activations(photo, maps, title=title)
    else:
        logger.warning("Activation maps: the network has no layer that gives a map of features.")
    return figures


def explain_photos(
    *,
    model: Any,
    model_info: dict[str, Any],
    manifest: pd.DataFrame,
    decision: dict[str, Any],
    evaluation_report: dict[str, Any],
    task: Task,
    explanation: ExplanationParams,
) -> "list[ExplainedPhoto]":
    """Choose test photos and explain each by every method.

    Args:
        model: The trained network.
        model_info: What training wrote beside it.
        manifest: The manifest that it was trained with.
        decision: The threshold that evaluation chose.
        evaluation_report: How each test photo fared.
        task: What the model was trained for.
        explanation: Settings by task.

    Returns:
        The photos with their maps.

    Raises:
        ManifestError: If the manifest is another one, or its test split is empty.
        ParameterError: If the model is of another task, was not evaluated, or cannot be explained
            as asked.
    """
    from crack_pipeline.explain.explainer import Explainer

    bundle = ModelBundle.assemble(model, model_info, decision, task=task)
    require_same_manifest(bundle.info, manifest)
    require_own_evaluation(evaluation_report, bundle.info)
    settings = explanation.for_task(task)
    explainer = Explainer(bundle, settings)
    rows = usable_rows(manifest, "test")
    chosen = choose_photos(
        evaluation_report.get("photos", []),
        manifest,
        task=task,
        threshold=bundle.threshold,
        settings=settings,
        with_joints=list_joint_photos(rows),
    )
    by_id = rows.set_index("image_id")
    tracked = track(chosen, total=len(chosen), description="Explaining", unit="photos")
    return [explainer.explain(one, by_id.loc[one.image_id]) for one in tracked]


def score_explanations(
    *,
    model: Any,
    model_info: dict[str, Any],
    decision: dict[str, Any],
    explained_photos: "list[ExplainedPhoto]",
    task: Task,
    explanation: ExplanationParams,
) -> dict[str, Any]:
    """Score the maps of the photos: against masks, by deletion, beside those of weights drawn anew.

    Args:
        model: The trained network.
        model_info: What training wrote beside it.
        decision: The threshold that evaluation chose.
        explained_photos: From ``explain_photos``.
        task: What the model was trained for.
        explanation: Settings by task.

    Returns:
        The outputs by name: explanation_scores, explanation_metrics, explanation_report.

    Raises:
        ParameterError: If the model is of another task.
    """
    from crack_pipeline.explain.explainer import Explainer
    from crack_pipeline.explain.layers import randomize_weights
    from crack_pipeline.explain.methods import title_of
    from crack_pipeline.explain.scoring import (
        flatten_scores,
        format_scores,
        report_explanations,
        say_what_is_left_out,
        score_photo,
        tabulate_scores,
    )
    from crack_pipeline.reporting.explanations import remark_on_methods

    bundle = ModelBundle.assemble(model, model_info, decision, task=task)
    settings = explanation.for_task(task)
    explainer = Explainer(bundle, settings)
    fresh = randomize_weights(model, seed=settings.seed)
    random_explainer = Explainer(replace(bundle, network=fresh), settings)
    scored = [photo.chosen.image_id for photo in explained_photos if photo.chosen.is_scored]
    compared = set(scored[: settings.scores.sanity_photos])
    rows = []
    n_photos = len(explained_photos)
    for photo in track(
        explained_photos, total=n_photos, description="Scoring explanations", unit="photos"
    ):
        others = None
        if photo.chosen.image_id in compared:
            others = random_explainer.heats_of(photo.photo, photo.weights)
        rows += score_photo(photo, explainer, settings.scores, random_heats=others)
    table = tabulate_scores(rows, settings.methods)
    left_out = say_what_is_left_out(explained_photos, task)
    for sentence in left_out:
        logger.warning(sentence)
    logger.info("Methods by score:\n%s", format_scores(table, task))
    named = table.assign(method=[title_of(name, task) for name in table["method"]])
    for sentence in remark_on_methods(named.to_dict("records")):
        logger.warning(sentence)
    return {
        "explanation_scores": named,
        "explanation_metrics": flatten_scores(table),
        "explanation_report": {
            "explains": bundle.info.identity,
            **report_explanations(
                explained_photos, rows, table, layer=explainer.layer, left_out=left_out
            ),
        },
    }


def draw_explanations(
    *,
    explained_photos: "list[ExplainedPhoto]",
    model_info: dict[str, Any],
    task: Task,
    dataset: str,
) -> Figure:
    """Draw photo, truth, prediction and each method side by side.

    Args:
        explained_photos: From ``explain_photos``.
        model_info: What training wrote beside the model.
        task: What the model was trained for.
        dataset: Name of the data set, for the title.

    Returns:
        The sheet.

    Raises:
        ParameterError: If the model is of another task.
    """
    from crack_pipeline.explain.methods import title_of
    from crack_pipeline.explain.scoring import count_without_heat
    from crack_pipeline.explain.sheets import draw_explanation_sheet

    info = read_model_info(model_info, task=task)
    n_photos = sum(photo.chosen.kind is not None for photo in explained_photos)
    title = f"Where the network looks\n{dataset}, test, {n_photos} photos · {info.model}"
    n_scored = sum(photo.chosen.is_scored for photo in explained_photos)
    for name, number in count_without_heat(explained_photos).items():
        title += f" · no heat by {title_of(name, task)}: {number} of {n_scored} scored photos"
    return draw_explanation_sheet(explained_photos, task=task, title=title)
