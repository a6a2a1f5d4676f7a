"""Chapter 14: what learners answer, and the mutants that change nothing."""

import math

from tools.exercise_mutants import cheats, learner

cheats("14.1", "a", "b", "d", "abcd", "c?", "", ("c",), 3)
cheats(
    "14.2", 0.04, 0.1, 0.8, 0.16, 0.0016, 0.0032, 0.4, 0.01, 8, -0.08, "h", [0.08], {"h": 0.08}, ""
)
cheats("14.4", [True] * 3, [False] * 3, [True, False], ["True"] * 3, [1, 0, 0, 1], "True")
cheats(
    "14.5",
    "evidence and result",
    "The same the same the same the same the same the same the same.",
    "evidence check method honest rubric work result finding learn know true answer useful",
    "No, because the model has to be better than the baseline or else it is not good enough.",
    3,
)

cheats(
    "14.6",
    "plots and decades",
    {},
    {"X": "a plot"},
    ["the plot", "the decade", "a friend", "the commonest", "copies everywhere"],
    dict.fromkeys(("X", "Y", "user", "baseline", "trap"), "one two three"),
    dict.fromkeys(("X", "Y", "user", "baseline", "trap"), 3),
    {name: f"one {name} of mine" for name in ("x", "y", "user", "baseline", "trap")},
    {name: f"{name} {name} {name}" for name in ("X", "Y", "user", "baseline", "trap")},
)


@learner("14.3")
def with_a_root(share, h):
    return math.ceil(2 * math.sqrt(share * (1 - share)) / h)


@learner("14.3")
def rounded_to_the_nearest(share, h):
    return round(4 * share * (1 - share) / h**2)


@learner("14.3")
def always_one_more(share, h):
    return math.floor(4 * share * (1 - share) / h**2) + 1


@learner("14.3", "2 before the root")
def without_the_two(share, h):
    return math.ceil(share * (1 - share) / h**2)


@learner("14.3", "1.96")
def with_more_digits(share, h):
    return math.ceil(1.96**2 * share * (1 - share) / h**2)


@learner("14.3", "whole number")
def as_it_comes(share, h):
    return 4 * share * (1 - share) / h**2


@learner("14.3", "a row too many")
def one_row_more(share, h):
    return int(4 * share * (1 - share) / h**2) + 1
