"""Chapter 9: what learners answer, and the mutants that change nothing."""

import numpy as np
from tools.exercise_mutants import cheats, learner, same_function

cheats("9.1", "a", "c", "d", "bd", "b?", "", ["b"], 2)
cheats("9.2", 12, 0, 8, 6, 4, "3 4", [3], "weights", 0.25)


def _powers(query, keys):
    return np.exp(keys @ query / np.sqrt(len(query)))


@learner("9.3", "root of d")
def not_scaled(query, keys, values):
    powers = np.exp(keys @ query)
    return powers / powers.sum() @ values


@learner("9.3", "add up to 1")
def not_divided(query, keys, values):
    return _powers(query, keys) @ values


@learner("9.3")
def the_weights_only(query, keys, values):
    return _powers(query, keys) / _powers(query, keys).sum()


@learner("9.3")
def keys_for_values(query, keys, values):
    return _powers(query, keys) / _powers(query, keys).sum() @ keys


@learner("9.3")
def divided_by_the_largest(query, keys, values):
    return _powers(query, keys) / _powers(query, keys).max() @ values


@learner("9.3")
def divided_by_the_number_of_words(query, keys, values):
    return _powers(query, keys) / len(keys) @ values


@learner("9.3")
def the_nearest_word_alone(query, keys, values):
    return values[np.argmax(keys @ query)]


@learner("9.3")
def the_plain_mean(query, keys, values):
    return values.mean(axis=0)


@learner("9.3", "shape")
def each_word_by_itself(query, keys, values):
    powers = _powers(query, keys)
    return (powers / powers.sum())[:, None] * values


@learner("9.4", "divide after the mask")
def masked_after_dividing(scores, real):
    powers = np.exp(scores)
    return powers / powers.sum() * real


@learner("9.4")
def minus_one_for_padding(scores, real):
    powers = np.exp(np.where(real, scores, -1))
    return powers / powers.sum()


@learner("9.4", "keep one place")
def without_padding(scores, real):
    powers = np.exp(scores[real])
    return powers / powers.sum()


@learner("9.4")
def scores_for_weights(scores, real):
    kept = np.where(real, scores, 0)
    return kept / kept.sum()


@learner("9.4")
def all_alike(scores, real):
    return real / real.sum()


@learner("9.4")
def times_the_mask(scores, real):
    powers = np.exp(scores * real)
    return powers / powers.sum()


@learner("9.4")
def divided_by_the_real_ones(scores, real):
    powers = np.where(real, np.exp(scores), 0)
    return powers / real.sum()


@learner("9.4")
def the_largest_alone(scores, real):
    return (scores == scores[real].max()).astype(float)


cheats(
    "9.5",
    [True, True, True, False, True],
    [True, False, False, False, True],
    [False, True, False, True, False],
    [True] * 5,
    [False] * 5,
    [True, False, True, False],
    "True, False, True, False, True",
    True,
)


def _falling(descriptions, score, k):
    return sorted(descriptions, key=score, reverse=True)[:k]


@learner("9.6", "dot products")
def by_product(plot, descriptions, k):
    return _falling(descriptions, lambda genre: plot @ descriptions[genre], k)


@learner("9.6", "distances")
def by_distance(plot, descriptions, k):
    return _falling(descriptions, lambda genre: -np.linalg.norm(descriptions[genre] - plot), k)


@learner("9.6")
def in_either_direction(plot, descriptions, k):
    def cosine(genre):
        return abs(plot @ descriptions[genre]) / np.linalg.norm(descriptions[genre])

    return _falling(descriptions, cosine, k)


@learner("9.6", "sort falling")
def the_farthest(plot, descriptions, k):
    def cosine(genre):
        return -(plot @ descriptions[genre]) / np.linalg.norm(descriptions[genre])

    return _falling(descriptions, cosine, k)


@learner("9.6")
def in_alphabetical_order(plot, descriptions, k):
    return sorted(descriptions)[:k]


@learner("9.6")
def the_first_ones(plot, descriptions, k):
    return list(descriptions)[:k]


@learner("9.6")
def the_cosines_themselves(plot, descriptions, k):
    cosines = [plot @ v / np.linalg.norm(plot) / np.linalg.norm(v) for v in descriptions.values()]
    return sorted(cosines, reverse=True)[:k]


@learner("9.6")
def a_set(plot, descriptions, k):
    def cosine(genre):
        return plot @ descriptions[genre] / np.linalg.norm(descriptions[genre])

    return set(_falling(descriptions, cosine, k))


same_function(
    "9.6",
    "the dot product has no order, and the length of the plot is the same for all genres",
    "return vector @ plot / (np.linalg.norm(plot) * np.linalg.norm(vector))",
    "return plot @ vector / np.linalg.norm(vector)",
    "return plot @ vector / (np.linalg.norm(k) * np.linalg.norm(vector))",
)

cheats(
    "9.7",
    "It is unfair.",
    "contamination validation same films paired interval prompt tuned read web memory",
    "The model is far too large, and so it costs more money than our small encoder ever would, "
    "which nobody should be willing to pay for such a thing.",
    "It has read all about these films on the web, and that is why it remembers what they are.",
    "Prompts should be tuned on validation films and not by looking at how well they do here.",
    "Both have read the same valid plots of famous films, so I see nothing unfair in it and would "
    "leave it all as it is.",
    3,
    ["contamination"],
)

SIX = ["Comedy", "Crime", "Horror", "Romance", "Science Fiction", "War"]
MOODS = [
    "it makes you laugh",
    "it is about bad people",
    "it makes you afraid",
    "it warms the heart",
    "it is about tomorrow",
    "it is loud and sad",
]
cheats(
    "9.8",
    dict(zip(SIX, MOODS, strict=True)),
    dict.fromkeys(SIX, "people do things in this film"),
    dict(zip(SIX, [f"A {genre} film." for genre in SIX], strict=True)),
    dict(zip(SIX, SIX, strict=True)),
    dict(zip(SIX, reversed(MOODS), strict=True)),
    dict.fromkeys(SIX, "soldiers fight " * 15),
    dict.fromkeys(SIX, 3),
    {"War": "soldiers in battle"},
    SIX,
    "soldiers in battle",
)
