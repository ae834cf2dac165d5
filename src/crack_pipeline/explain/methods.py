"""The methods by the names that users type."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crack_pipeline.errors import ParameterError
from crack_pipeline.explain.attribution import (
    integrate_gradients,
    map_grad_cam,
    map_occlusion,
    map_saliency,
    map_smoothgrad,
)
from crack_pipeline.explain.gradients import LogitGradients, Photos, Weights
from crack_pipeline.explain.heat import HeatMap
from crack_pipeline.explain.layers import FeatureLayer
from crack_pipeline.explain.settings import ALL_METHODS, ExplanationSettings
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import Task
from crack_pipeline.wording.suggestions import suggest_name

_TITLES = {
    "saliency": "saliency",
    "smoothgrad": "SmoothGrad",
    "integrated_gradients": "integrated gradients",
    "grad_cam": "Grad-CAM",
    "occlusion": "occlusion",
}


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A heat map and what is to be known of it.

    Attributes:
        heat: (T, T).
        facts: Numbers of how it was made: ``completeness_gap`` and ``steps`` of integrated
            gradients.
    """

    heat: HeatMap
    facts: dict[str, float] = field(default_factory=dict)


def apply_method(
    name: str,
    gradients: LogitGradients,
    photo: Photos,
    weights: Weights,
    *,
    settings: ExplanationSettings,
    layer: FeatureLayer | None,
) -> Heat:
    """Explain one photo by one method.

    Args:
        name: One of ``ALL_METHODS``.
        gradients: Of the network.
        photo: (T, T, 3) intensities 0–255.
        weights: (T, T) weights of the pixels' logits, or (1,) for a classifier.
        settings: Of the methods.
        layer: For Grad-CAM.

    Returns:
        The map, the same for the same seed.

    Raises:
        ParameterError: If there is no such method, or Grad-CAM has no layer.
    """
    require_methods([name])
    if name == "saliency":
        return Heat(map_saliency(gradients, photo, weights))
    if name == "smoothgrad":
        smooth = settings.smoothgrad
        return Heat(map_smoothgrad(gradients, photo, weights, smooth, seed=settings.seed))
    if name == "integrated_gradients":
        path = integrate_gradients(gradients, photo, weights, settings.integrated_gradients)
        return Heat(path.heat, {"completeness_gap": path.gap, "steps": float(path.steps)})
    if name == "occlusion":
        return Heat(map_occlusion(gradients, photo, weights, settings.occlusion))
    if layer is None:
        raise ParameterError(
            "Grad-CAM needs the layer whose maps it weights.",
            received="none",
            remedy="Choose one with `choose_layer`.",
        )
    return Heat(map_grad_cam(gradients, photo, weights, layer))


def require_methods(names: Iterable[str]) -> None:
    """Check the names of methods.

    Args:
        names: What the user typed.

    Raises:
        ParameterError: If one is unknown; names the nearest that is.
    """
    for name in names:
        if name not in ALL_METHODS:
            raise ParameterError(
                "explanation.<task>.methods must name known methods.",
                received=name,
                remedy=suggest_name(name, ALL_METHODS),
            )


def title_of(name: str, task: Task) -> str:
    """How a method is called in figures.

    Args:
        name: One of ``ALL_METHODS``.
        task: For masks, Grad-CAM is Seg-Grad-CAM.

    Returns:
        Its usual name.
    """
    title = _TITLES.get(name, name)
    return f"Seg-{title}" if name == "grad_cam" and task_spec(task).truth == "masks" else title
