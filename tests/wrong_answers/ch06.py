"""Chapter 6: what learners answer, and the mutants that change nothing."""

import numpy as np
from tools.exercise_mutants import cheats, learner, same_function

cheats("6.1", "a", "c", "ab", "b or c", "", ["b"], 19)


def _relu(z):
    return np.maximum(0, z)


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


@learner("6.2", "activation between the layers")
def no_bend(X, W1, b1, W2, b2):
    return _sigmoid((X @ W1 + b1) @ W2 + b2)


@learner("6.2")
def a_sigmoid_for_each_layer(X, W1, b1, W2, b2):
    return _sigmoid(_sigmoid(X @ W1 + b1) @ W2 + b2)


@learner("6.2")
def a_bend_for_each_layer(X, W1, b1, W2, b2):
    return _sigmoid(_relu(_relu(X @ W1 + b1) @ W2 + b2))


@learner("6.2")
def constant_after_the_bend(X, W1, b1, W2, b2):
    return _sigmoid((_relu(X @ W1) + b1) @ W2 + b2)


@learner("6.2")
def constants_forgotten(X, W1, b1, W2, b2):
    return _sigmoid(_relu(X @ W1) @ W2)


@learner("6.2", "sign in the last")
def sign_of_the_exponent(X, W1, b1, W2, b2):
    return 1 / (1 + np.exp(_relu(X @ W1 + b1) @ W2 + b2))


@learner("6.2", "compete")
def a_softmax(X, W1, b1, W2, b2):
    z = np.exp(_relu(X @ W1 + b1) @ W2 + b2)
    return z / z.sum(axis=1, keepdims=True)


@learner("6.2", "sigmoid at the end")
def no_sigmoid(X, W1, b1, W2, b2):
    return _relu(X @ W1 + b1) @ W2 + b2


@learner("6.2", "swapped")
def activations_swapped(X, W1, b1, W2, b2):
    return _relu(_sigmoid(X @ W1 + b1) @ W2 + b2)


@learner("6.2", "nothing bends")
def sigmoid_in_the_first_layer_only(X, W1, b1, W2, b2):
    return _sigmoid(X @ W1 + b1) @ W2 + b2


@learner("6.2")
def yes_or_no(X, W1, b1, W2, b2):
    return _sigmoid(_relu(X @ W1 + b1) @ W2 + b2) >= 0.5


@learner("6.2")
def first_film_only(X, W1, b1, W2, b2):
    return _sigmoid(_relu(X[0] @ W1 + b1) @ W2 + b2)


@learner("6.2")
def squeezed(X, W1, b1, W2, b2):
    return _sigmoid(_relu(X @ W1 + b1) @ W2 + b2).squeeze()


@learner("6.6", "left out the constants")
def no_constants(sizes):
    return sum(a * b for a, b in zip(sizes, sizes[1:], strict=False))


@learner("6.6", "constant to each input")
def constants_of_inputs(sizes):
    return sum(a * (b + 1) for a, b in zip(sizes, sizes[1:], strict=False))


@learner("6.6")
def one_constant_a_layer(sizes):
    return sum(a * b + 1 for a, b in zip(sizes, sizes[1:], strict=False))


@learner("6.6", "counted units")
def units(sizes):
    return sum(sizes)


@learner("6.6")
def constants_of_the_inputs_too(sizes):
    return sum(a * b for a, b in zip(sizes, sizes[1:], strict=False)) + sum(sizes)


@learner("6.6")
def the_product(sizes):
    return int(np.prod([size + 1 for size in sizes[:-1]]) * sizes[-1])


@learner("6.6")
def largest_layers_first(sizes):
    falling = sorted(sizes, reverse=True)
    return sum((a + 1) * b for a, b in zip(falling, falling[1:], strict=False))


@learner("6.6")
def first_layer_only(sizes):
    return (sizes[0] + 1) * sizes[1]


@learner("6.6")
def in_a_list(sizes):
    return [(a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False)]


@learner("6.7", "equal loss")
def equal_is_better(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss <= losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch


@learner("6.7", "lowest")
def the_lowest_of_all(losses, patience):
    return int(np.argmin(losses)) + 1, len(losses)


@learner("6.7")
def patience_behind_the_lowest(losses, patience):
    best = int(np.argmin(losses)) + 1
    return best, min(best + patience, len(losses))


@learner("6.7", "in a row")
def rises_in_a_row(losses, patience):
    best, rises = 1, 0
    for epoch, loss in enumerate(losses, start=1):
        rises = rises + 1 if epoch > 1 and loss > losses[epoch - 2] else 0
        best = epoch if loss < losses[best - 1] else best
        if rises == patience:
            break
    return best, epoch


@learner("6.7", "one epoch late")
def one_epoch_more(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best > patience:
            break
    return best, epoch


@learner("6.7")
def never_forgets_a_bad_epoch(losses, patience):
    best, bad = 1, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        elif epoch > 1:
            bad += 1
        if bad == patience:
            break
    return best, epoch


@learner("6.7")
def keeps_the_last(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            break
    return epoch, epoch


@learner("6.7", "count from 0")
def from_zero(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch


@learner("6.7", "a list")
def as_a_list(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            break
    return [best, epoch]


@learner("6.7", "another order")
def the_other_way_round(losses, patience):
    best = 1
    for epoch, loss in enumerate(losses, start=1):
        if loss < losses[best - 1]:
            best = epoch
        if epoch - best == patience:
            break
    return epoch, best


SPOT = np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]])
cheats(
    "6.10",
    np.ones((3, 3)),
    np.zeros((3, 3)),
    -SPOT,
    np.where(SPOT > 0, 1, 0),
    SPOT + 1e-3,
    1e-10 * np.ones((3, 3)) + 1e-10 * np.eye(3),
    [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    [[0, 0, 0], [-1, 1, 0], [0, 0, 0]],
    [[0, 0, 0], [0, 1, -1], [0, 0, 0]],
    [[0, -1, 0], [0, 1, 0], [0, 0, 0]],
    [[0, 0, 0], [0, 1, 0], [0, -1, 0]],
    [[-1, -1, 0], [-1, 3, 0], [0, 0, 0]],
    [[-1, -1, -1], [0, 3, 0], [0, 0, 0]],
    [[0, 0, -1], [0, 1, 0], [0, 0, 0]],
    [[8, -1, -1], [-1, -1, -1], [-1, -1, -1]],
    np.full((3, 3), np.nan),
    np.where(SPOT > 0, np.inf, SPOT),
    np.pad(SPOT, 1),
    SPOT.ravel(),
    "a spot",
    8,
)

cheats("6.3", 4.0, 2, 1.0, -2.0, 13.5, "0.25", [0.5], [4, 2, 1, 0.5], None)


def _error(X, y, w, b):
    return _sigmoid(X @ w + b) - y


@learner("6.5", "bias still climbs")
def only_the_weights(X, y, w, b, learning_rate):
    error = -_error(X, y, w, b)
    return w + learning_rate * X.T @ error / len(y), b - learning_rate * error.mean()


@learner("6.5", "cancel")
def both_signs_turned(X, y, w, b, learning_rate):
    error = _error(X, y, w, b)
    return w + learning_rate * X.T @ error / len(y), b + learning_rate * error.mean()


@learner("6.5", "sum")
def sums(X, y, w, b, learning_rate):
    error = _error(X, y, w, b)
    return w - learning_rate * X.T @ error, b - learning_rate * error.sum()


@learner("6.5", "exponent")
def exponent_turned(X, y, w, b, learning_rate):
    error = _sigmoid(-(X @ w + b)) - y
    return w - learning_rate * X.T @ error / len(y), b - learning_rate * error.mean()


@learner("6.5")
def no_learning_rate(X, y, w, b, learning_rate):
    error = _error(X, y, w, b)
    return w - X.T @ error / len(y), b - error.mean()


@learner("6.5")
def slopes_in_place_of_weights(X, y, w, b, learning_rate):
    error = _error(X, y, w, b)
    return X.T @ error / len(y), error.mean()


@learner("6.5")
def bias_after_the_weights(X, y, w, b, learning_rate):
    w = w - learning_rate * X.T @ _error(X, y, w, b) / len(y)
    return w, b - learning_rate * _error(X, y, w, b).mean()


@learner("6.5")
def weights_only(X, y, w, b, learning_rate):
    return w - learning_rate * X.T @ _error(X, y, w, b) / len(y)


@learner("6.5")
def bias_first(X, y, w, b, learning_rate):
    error = _error(X, y, w, b)
    return b - learning_rate * error.mean(), w - learning_rate * X.T @ error / len(y)


@learner("6.5")
def broken_as_it_was(X, y, w, b, learning_rate):
    error = -_error(X, y, w, b)
    return w - learning_rate * X.T @ error / len(y), b - learning_rate * error.mean()


same_function(
    "6.5",
    "X and y hold the same films, so that their lengths agree",
    "new_w = w - learning_rate * X.T @ error / len(X)",
)
cheats(
    "6.8",
    [True] * 5,
    [False] * 5,
    [True, True, True, True, False],
    [False, True, True, True, True],
    [False, True, True, False, False],
    [False, True, True, True],
    "False, True, True, True, False",
    None,
)


@learner("6.9", "both sides")
def padding_once(n, kernel, stride, padding):
    return (n + padding - kernel) // stride + 1


@learner("6.9", "half a place")
def divided(n, kernel, stride, padding):
    return (n + 2 * padding - kernel) / stride + 1


@learner("6.9", "left the stride out")
def no_stride(n, kernel, stride, padding):
    return n + 2 * padding - kernel + 1


@learner("6.9")
def one_too_few(n, kernel, stride, padding):
    return (n + 2 * padding - kernel) // stride


@learner("6.9")
def rounded_up(n, kernel, stride, padding):
    return -(-(n + 2 * padding - kernel) // stride) + 1


cheats("6.4", 1, 0.01, 2, 6, 10, 0, -4, np.nan, np.inf, True, "4", [4], None)
