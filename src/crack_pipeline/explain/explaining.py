"""One photo explained by every method, with all that its scores and its row on the sheet need."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.explain.choosing import ChosenPhoto
from crack_pipeline.explain.gradients import LogitGradients, Weights
from crack_pipeline.explain.inputs import ExplainedInput, cut_tile, resize_whole
from crack_pipeline.explain.layers import FeatureLayer, choose_layer, list_feature_layers
from crack_pipeline.explain.methods import Heat, apply_method
from crack_pipeline.explain.settings import ExplanationSettings, SegmentationExplanation
from crack_pipeline.images.reading import read_image
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.photo import apply_threshold, predict_photo
from crack_pipeline.sources.sample_joints import find_photos_with_joints, read_joint_mask
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import BinaryMask, RgbImage

TRUTH, JOINTS, PREDICTED = "truth", "joints", "predicted"
_SAMPLE = "synthetic"

Target = Literal["predicted crack", "all pixels", "photo"]


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedPhoto:
    """What a network was shown of a photo, what it says, and where it looks.

    Attributes:
        chosen: The photo, and why it was chosen.
        photo: (T, T, 3) uint8, as the network is shown it.
        truth: (T, T); None where the data set has no masks.
        joints: (T, T) tile joints; None where none are known.
        label: 1 is crack; None where it is not known.
        predicted: (T, T), for segmentation; under the views of the decision.
        probability: For classification; of the photo as it is explained, under one view.
        target: What the score is about: it is the sum of the logits there.
        weights: (T, T) of the logits, or (1,).
        heats: Method → map.
    """

    chosen: ChosenPhoto
    photo: RgbImage
    truth: BinaryMask | None
    joints: BinaryMask | None
    label: int | None
    predicted: BinaryMask | None
    probability: float | None
    target: Target
    weights: Weights
    heats: dict[str, Heat]


class Explainer:
    """Explains photos of one network.

    Args:
        bundle: The model with its decision.
        settings: Of the methods.

    Raises:
        ParameterError: If the network cannot be explained as the settings ask.
    """

    def __init__(self, bundle: ModelBundle, settings: ExplanationSettings) -> None:
        self.bundle = bundle
        self.settings = settings
        self.gradients = LogitGradients(bundle.keras_model, batch_size=settings.batch_size)
        self.layer = _layer_for(bundle, settings)

    def explain(self, chosen: ChosenPhoto, row: Any) -> ExplainedPhoto:
        """Explain one photo.

        Args:
            chosen: Which.
            row: Its row of the manifest.

        Returns:
            All of it.

        Raises:
            ImageReadError: If the photo cannot be read.
            MaskError: If its mask cannot be read.
        """
        (image, masks), info = _read(row), self.bundle.info
        if task_spec(info.task).truth == "masks":
            wanted = self.bundle.predict_mask(image)
            shown = cut_tile(
                image, masks, info, wanted=wanted | masks.get(TRUTH, np.zeros_like(wanted))
            )
        else:
            shown = resize_whole(image, masks, info)
        blank = ExplainedPhoto(
            chosen=chosen,
            photo=shown.photo,
            truth=shown.masks.get(TRUTH),
            joints=shown.masks.get(JOINTS),
            label=None if pd.isna(row["label"]) else int(row["label"]),
            **self._say(shown),
            heats={},
        )
        return replace(blank, heats=self.heats_of(blank.photo, blank.weights))

    def heats_of(self, photo: RgbImage, weights: Weights) -> dict[str, Heat]:
        """Maps of one input by every method.

        Args:
            photo: (T, T, 3) uint8.
            weights: (T, T) of the logits, or (1,).

        Returns:
            Method → map.
        """
        return {
            name: apply_method(
                name,
                self.gradients,
                photo.astype(np.float32),
                weights,
                settings=self.settings,
                layer=self.layer,
            )
            for name in self.settings.methods
        }

    def confidence(self, photos: NDArray[np.uint8], weights: Weights) -> NDArray[np.float32]:
        """Probability of crack, or its mean over the pixels that are explained.

        Args:
            photos: (N, T, T, 3) uint8.
            weights: (T, T), of which what is above 0 counts, or (1,).

        Returns:
            (N,).
        """
        size, parts = self.settings.batch_size, []
        for first in range(0, len(photos), size):
            batch = photos[first : first + size]
            # Filled up with its own photos, so that the network is traced for one shape.
            filled = np.resize(batch, (size, *batch.shape[1:]))
            parts.append(self.bundle.predict_batch(filled)[: len(batch)])
        probabilities = np.concatenate(parts)
        if probabilities.ndim == 1:
            return probabilities
        return np.asarray(probabilities[:, weights > 0].mean(axis=1), np.float32)

    def _say(self, shown: ExplainedInput) -> dict[str, Any]:
        if task_spec(self.bundle.info.task).truth != "masks":
            probability = _sigmoid(self.gradients.logits(shown.photo.astype(np.float32)))
            one = np.ones(1, np.float32)
            target: Target = "photo"
            return {
                "predicted": None,
                "probability": float(probability[0]),
                "target": target,
                "weights": one,
            }
        predicted = self._mark(shown.photo)
        region = getattr(self.settings, "region", SegmentationExplanation().region)
        is_predicted = region == "predicted" and bool(predicted.any())
        weights = predicted if is_predicted else np.ones_like(predicted)
        return {
            "predicted": predicted,
            "probability": None,
            "target": "predicted crack" if is_predicted else "all pixels",
            "weights": weights.astype(np.float32),
        }

    def _mark(self, tile: RgbImage) -> BinaryMask:
        """Crack pixels of a tile, which is equalised already, under the views of the decision."""
        tiling = replace(self.bundle.tiling, equalization="none")
        probability = predict_photo(tile, self.bundle.predict_batch, tiling)
        return apply_threshold(probability, self.bundle.threshold)


def list_joint_photos(rows: pd.DataFrame) -> list[str]:
    """Ids of the photos of the drawn sample that show tile joints.

    Args:
        rows: Rows of the manifest.

    Returns:
        Their ids; none of any other source.

    Raises:
        LayoutError: If the sample was drawn by another version.
    """
    drawn = rows[rows["source"] == _SAMPLE]
    ids = dict(zip(map(Path, drawn["image_path"]), drawn["image_id"], strict=True))
    return [str(ids[path]) for path in find_photos_with_joints(ids)]


def _layer_for(bundle: ModelBundle, settings: ExplanationSettings) -> FeatureLayer | None:
    if "grad_cam" not in settings.methods:
        return None
    layers = list_feature_layers(bundle.keras_model, bundle.info.tile_px)
    return choose_layer(layers, settings.layer)


def _read(row: Any) -> tuple[RgbImage, dict[str, BinaryMask]]:
    image = read_image(Path(row["image_path"]))
    masks: dict[str, BinaryMask] = {}
    if isinstance(row["mask_path"], str):
        masks[TRUTH] = read_mask(Path(row["mask_path"]))
    if row["source"] == _SAMPLE:
        masks[JOINTS] = read_joint_mask(Path(row["image_path"]))
    return image, masks


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    # By the hyperbolic tangent, which does not overflow.
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), np.float32)
