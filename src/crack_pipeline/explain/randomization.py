"""The same network without what it learnt, for the sanity check of explanations."""

import keras


def randomize_weights(model: keras.Model, *, seed: int) -> keras.Model:
    """Build the same network with fresh weights.

    Kernels are drawn anew (He et al. 2015, arXiv:1502.01852); biases and normalisations start where
    an untrained network's do.

    Args:
        model: A network; left as it is.
        seed: The same weights for the same seed.

    Returns:
        A network of its own.

    Source:
        Adebayo et al. (2018), Sanity checks for saliency maps, §3.1 (all layers at once),
        arXiv:1810.03292.
    """
    fresh = keras.models.clone_model(model)
    for number, variable in enumerate(fresh.variables):
        if len(variable.shape) > 1:
            draw = keras.initializers.HeNormal(seed=seed * len(fresh.variables) + number)
            variable.assign(draw(variable.shape))
    return fresh
