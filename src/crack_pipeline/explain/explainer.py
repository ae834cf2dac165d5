"""One photo explained by every method, with all that its scores and its row on the sheet need."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.explain.gradients import LogitGradients, Weights
from crack_pipeline.explain.layers import choose_layer, list_feature_layers
from crack_pipeline.explain.methods import Heat, apply_method
from crack_pipeline.explain.photos import (
    JOINTS,
    TRUTH,
    ChosenPhoto,
    cut_tile,
    read_photo,
    resize_whole,
)
from crack_pipeline.explain.settings import ExplanationSettings, SegmentationExplanation
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.photo import predict_photo
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import BinaryMask, RgbImage

Target = Literal["predicted crack", "all pixels", "photo"]


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedPhoto:
    """A photo as the network is shown it, its prediction and its heat maps.

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
        self.layer = None
        if "grad_cam" in settings.methods:
            layers = list_feature_layers(bundle.keras_model, bundle.info.tile_px)
            self.layer = choose_layer(layers, settings.layer)

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
        (image, masks), info = read_photo(row), self.bundle.info
        predicted, probability = None, None
        weights: Weights = np.ones(1, np.float32)
        target: Target = "photo"
        if task_spec(info.task).truth == "masks":
            wanted = self.bundle.predict_mask(image)
            wanted |= masks.get(TRUTH, np.zeros_like(wanted))
            photo, masks = cut_tile(image, masks, info, wanted=wanted)
            # The tile is equalised already.
            tiling = replace(self.bundle.tiling, equalization="none")
            found = predict_photo(photo, self.bundle.predict_batch, tiling)
            predicted = apply_threshold(found, self.bundle.threshold)
            region = getattr(self.settings, "region", SegmentationExplanation().region)
            is_predicted = region == "predicted" and bool(predicted.any())
            target = "predicted crack" if is_predicted else "all pixels"
            region_px = predicted if is_predicted else np.ones_like(predicted)
            weights = region_px.astype(np.float32)
        else:
            photo, masks = resize_whole(image, masks, info)
            (logit,) = self.gradients.logits(photo.astype(np.float32))
            # The logistic function by the hyperbolic tangent, which does not overflow.
            probability = float(0.5 * (1 + np.tanh(0.5 * logit)))
        return ExplainedPhoto(
            chosen=chosen,
            photo=photo,
            truth=masks.get(TRUTH),
            joints=masks.get(JOINTS),
            label=None if pd.isna(row["label"]) else int(row["label"]),
            predicted=predicted,
            probability=probability,
            target=target,
            weights=weights,
            heats=self.heats_of(photo, weights),
        )

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
