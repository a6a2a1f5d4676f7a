"""Chapter 6: gradients, convolution and pooling agree with other ways to compute them."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from genre_tutorial.course.exercises import exercises
from genre_tutorial.neural_nets import (
    backpropagate,
    convolve,
    cross_entropy,
    finite_differences,
    forward,
    gradient_descent,
    max_pool,
    sigmoid,
)

RNG = np.random.default_rng(6)


@pytest.mark.parametrize("films, inputs, hidden, outputs", [(1, 2, 2, 1), (7, 5, 4, 3)])
def test_backpropagation_agrees_with_nudging_every_weight(films, inputs, hidden, outputs):
    x = RNG.normal(size=(films, inputs))
    y = (RNG.random((films, outputs)) < 0.4).astype(float)
    shapes = [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
    weights = [RNG.normal(size=shape) for shape in shapes]
    slopes = [s for pair in backpropagate(x, y, [weights[:2], weights[2:]]) for s in pair]

    for place, slope in enumerate(slopes):

        def loss(changed, place=place):
            w = [changed if i == place else weight for i, weight in enumerate(weights)]
            return cross_entropy(y, sigmoid(forward(x, [w[:2], w[2:]])))

        assert slope.shape == weights[place].shape
        assert finite_differences(loss, weights[place]) == pytest.approx(slope, abs=1e-7)


def test_a_small_step_lowers_the_loss_and_zero_inputs_end_on_the_plateau():
    X, y = RNG.normal(size=(40, 3)), (RNG.random(40) < 0.3).astype(float)
    _, _, losses = gradient_descent(X, y, learning_rate=0.1, steps=50)
    assert (np.diff(losses) < 0).all()
    _, b, losses = gradient_descent(0 * X, y, steps=500)
    assert losses[-1] == pytest.approx(cross_entropy(y, np.full(40, y.mean())), abs=1e-6)
    assert sigmoid(b) == pytest.approx(y.mean(), abs=1e-3)


def test_a_sure_mistake_costs_much_but_not_infinitely_much():
    assert cross_entropy(1, 0.0) == pytest.approx(-np.log(1e-7), rel=1e-3)
    assert cross_entropy(1, 1.0) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_convolution_agrees_with_scipy_and_with_the_formula_for_its_size(stride, padding):
    picture, kernel = RNG.normal(size=(9, 12)), RNG.normal(size=(3, 3))
    whole = correlate2d(np.pad(picture, padding), kernel, mode="valid")
    ours = convolve(picture, kernel, stride, padding)
    assert ours == pytest.approx(whole[::stride, ::stride])
    places = exercises()["6.9"].solution
    assert ours.shape == tuple(places(n, 3, stride, padding) for n in picture.shape)


def test_pooling_keeps_the_largest_and_leaves_out_what_fills_no_square():
    assert max_pool(np.arange(25).reshape(5, 5)).tolist() == [[6, 8], [16, 18]]
    assert max_pool(-np.ones((6, 3)), 3).tolist() == [[-1], [-1]]
