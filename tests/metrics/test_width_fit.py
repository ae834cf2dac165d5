"""Logistic regression against scikit-learn, a grid, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from crack_pipeline.metrics.width_fit import fit_logistic, standard_error_of_solution


def _sample(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0.3, 3, 25))
    trials = rng.integers(1, 20, x.size).astype(np.float64)
    share = 1 / (1 + np.exp(-(rng.uniform(-4, 1) + rng.uniform(0, 4) * x)))
    return x, trials, rng.binomial(trials.astype(int), share).astype(np.float64)


@given(st.integers(0, 2**32 - 1))
def test_agrees_with_scikit_learn(seed):
    x, trials, hits = _sample(seed)
    fit = fit_logistic(x, trials[None], hits[None])
    if np.isnan(fit.slope[0]):
        return
    labels = np.repeat([1, 0], x.size)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
    model.fit(np.tile(x, 2)[:, None], labels, np.concatenate([hits, trials - hits]))
    expected = (model.intercept_[0], model.coef_[0, 0])
    assert (fit.intercept[0], fit.slope[0]) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_two_widths_are_fitted_exactly():
    # 1 of 4 at x = 0, 3 of 4 at x = 1: log odds −ln 3 and ln 3
    fit = fit_logistic(np.array([0.0, 1.0]), np.array([[4.0, 4.0]]), np.array([[1.0, 3.0]]))
    assert fit.intercept[0] == pytest.approx(-np.log(3))
    assert fit.slope[0] == pytest.approx(2 * np.log(3))
    assert fit.solve(0.5)[0] == pytest.approx(0.5)
    assert fit.solve(0.9)[0] == pytest.approx(0.5 + np.log(9) / (2 * np.log(3)))


def test_many_resamples_are_fitted_as_if_each_were_alone():
    x, trials, hits = _sample(1)
    weights = np.random.default_rng(0).integers(0, 3, (20, x.size))
    together = fit_logistic(x, weights * trials, weights * hits)
    for row, weight in enumerate(weights):
        alone = fit_logistic(x, (weight * trials)[None], (weight * hits)[None])
        assert together.slope[row] == pytest.approx(alone.slope[0], rel=1e-8)


@pytest.mark.parametrize(
    ("hits", "exists"),
    [
        ([0, 0, 2, 2], False),
        ([0, 1, 2, 2], False),
        ([2, 2, 0, 0], False),
        ([0, 0, 0, 0], False),
        ([2, 2, 2, 2], False),
        ([1, 0, 2, 2], True),
        ([0, 2, 1, 2], True),
        ([2, 1, 1, 0], True),
    ],
)
def test_a_maximum_exists_only_where_hits_and_misses_overlap(hits, exists):
    fit = fit_logistic(np.arange(4.0), np.full((1, 4), 2.0), np.array([hits], np.float64))
    assert np.isfinite(fit.slope[0]) == exists
    assert np.isfinite(fit.intercept[0]) == exists


def test_one_width_cannot_be_fitted():
    fit = fit_logistic(np.array([1.0]), np.array([[10.0]]), np.array([[4.0]]))
    assert np.isnan(fit.slope[0])
    assert np.isnan(fit.solve(0.9)[0])


def test_hits_and_misses_that_barely_overlap_are_fitted():
    x = np.linspace(0, 1, 40)
    hits = (x > 0.5).astype(np.float64)
    hits[18], hits[21] = 1.0, 0.0
    fit = fit_logistic(x, np.ones((1, 40)), hits[None])

    def loss(of: np.ndarray) -> float:
        score = of[0] + of[1] * x
        return float(np.sum(np.logaddexp(0, score) - hits * score))

    found = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"maxiter": 4000}).fun
    assert loss(np.array([fit.intercept[0], fit.slope[0]])) <= found + 1e-6


def test_the_standard_error_agrees_with_repeated_samples():
    rng = np.random.default_rng(0)
    x, trials = np.linspace(0, 3, 12), np.full(12, 60.0)
    share = 1 / (1 + np.exp(-(-3 + 2.5 * x)))
    hits = rng.binomial(60, share, (2000, 12)).astype(np.float64)
    spread = fit_logistic(x, np.tile(trials, (2000, 1)), hits).solve(0.9).std()
    error = standard_error_of_solution(x, trials, -3.0, 2.5, share=0.9)
    assert error == pytest.approx(spread, rel=0.05)


def test_steps_that_overshoot_are_halved():
    # Newton's method with whole steps runs away here
    x = np.array([0.17, 0.40, 0.41, 1.06, 2.51, 17.64, 1497.59])
    trials = np.array([169.0, 7.0, 63.0, 104.0, 142.0, 39.0, 95.0])
    hits = np.array([167.0, 0.0, 63.0, 104.0, 142.0, 0.0, 0.0])
    fit = fit_logistic(x, trials[None], hits[None])
    expected = trials / (1 + np.exp(-np.clip(fit.intercept + fit.slope * x, -700, 700)))
    # at the maximum the fitted hits have the sum and the mean x of the hits
    assert expected.sum() == pytest.approx(hits.sum(), rel=1e-8)
    assert expected @ x == pytest.approx(hits @ x, rel=1e-6)
