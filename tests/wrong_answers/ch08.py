"""Chapter 8: what learners answer, and the mutants that change nothing."""

import numpy as np
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.models.text import clean_text

cheats("8.1", "a", "b", "ac", "b or c", "", ["c"], 3)


def _cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def _others(vectors, word):
    return [other for other in vectors if other != word]


@learner("8.2", "distances")
def by_distance(vectors, word, k):
    return sorted(_others(vectors, word), key=lambda w: np.linalg.norm(vectors[w] - vectors[word]))[
        :k
    ]


@learner("8.2", "lengths")
def by_product(vectors, word, k):
    return sorted(_others(vectors, word), key=lambda w: -(vectors[w] @ vectors[word]))[:k]


@learner("8.2")
def in_either_direction(vectors, word, k):
    return sorted(_others(vectors, word), key=lambda w: -abs(_cosine(vectors[w], vectors[word])))[
        :k
    ]


@learner("8.2")
def the_farthest(vectors, word, k):
    return sorted(_others(vectors, word), key=lambda w: _cosine(vectors[w], vectors[word]))[:k]


@learner("8.2")
def nearest_last(vectors, word, k):
    near = sorted(_others(vectors, word), key=lambda w: _cosine(vectors[w], vectors[word]))
    return near[-k:]


@learner("8.2", "own nearest")
def itself_too(vectors, word, k):
    return sorted(vectors, key=lambda w: -_cosine(vectors[w], vectors[word]))[:k]


@learner("8.2")
def without_the_first(vectors, word, k):
    return sorted(vectors, key=lambda w: -_cosine(vectors[w], vectors[word]))[1 : k + 1]


@learner("8.2")
def itself_taken_out_too_late(vectors, word, k):
    near = sorted(vectors, key=lambda w: -_cosine(vectors[w], vectors[word]))[:k]
    return [other for other in near if other != word]


@learner("8.2")
def with_their_cosines(vectors, word, k):
    cosines = {w: _cosine(vectors[w], vectors[word]) for w in _others(vectors, word)}
    return sorted(cosines.items(), key=lambda pair: -pair[1])[:k]


@learner("8.2")
def divided_by_one_length(vectors, word, k):
    mine = vectors[word]
    return sorted(
        _others(vectors, word), key=lambda w: -(vectors[w] @ mine / np.linalg.norm(mine))
    )[:k]


@learner("8.2", "set")
def as_a_set(vectors, word, k):
    return set(
        sorted(_others(vectors, word), key=lambda w: -_cosine(vectors[w], vectors[word]))[:k]
    )


COSINE = "return vectors[{}] @ vectors[{}]{} / np.linalg.norm(vectors[{}])"
same_function(
    "8.2",
    "the length of the word asked for is the same number for all others and changes no order",
    COSINE.format("word", "other", " * np.linalg.norm(vectors[word])", "other"),
    COSINE.format("word", "other", "", "other"),
)
same_function(
    "8.2",
    "the product of two arrows is the same, whichever comes first",
    COSINE.format("other", "word", " / np.linalg.norm(vectors[word])", "other"),
)


def _known(plot, vectors):
    return [vectors[word] for word in clean_text(plot).split() if word in vectors]


def _zeros(vectors):
    return np.zeros(len(next(iter(vectors.values()))))


@learner("8.3", "all words")
def by_all_words(plot, vectors):
    words = clean_text(plot).split()
    return sum(_known(plot, vectors), _zeros(vectors)) / max(len(words), 1)


@learner("8.3", "once")
def each_once(plot, vectors):
    found = [vectors[word] for word in sorted(set(clean_text(plot).split())) if word in vectors]
    return np.mean(found, axis=0) if found else _zeros(vectors)


@learner("8.3", "sum")
def the_sum(plot, vectors):
    return sum(_known(plot, vectors), _zeros(vectors))


@learner("8.3")
def always_two_numbers(plot, vectors):
    found = _known(plot, vectors)
    return np.mean(found, axis=0) if found else np.zeros(2)


@learner("8.3")
def nothing_where_none_is_known(plot, vectors):
    found = _known(plot, vectors)
    return np.mean(found, axis=0) if found else None


@learner("8.3")
def one_number(plot, vectors):
    found = _known(plot, vectors)
    return np.mean(found) if found else 0.0


@learner("8.3", "nan")
def mean_of_nothing(plot, vectors):
    found = _known(plot, vectors)
    return np.mean(found, axis=0) if found else float("nan")


@learner("8.3", "clean_text")
def not_cleaned(plot, vectors):
    found = [vectors[word] for word in plot.split() if word in vectors]
    return np.mean(found, axis=0) if found else _zeros(vectors)


@learner("8.3")
def lower_case_only(plot, vectors):
    found = [vectors[word] for word in plot.lower().split() if word in vectors]
    return np.mean(found, axis=0) if found else _zeros(vectors)


@learner("8.3")
def words_within_words(plot, vectors):
    found = [arrow for word, arrow in vectors.items() if word in plot.lower()]
    return np.mean(found, axis=0) if found else _zeros(vectors)


@learner("8.3")
def unknown_words_are_zeros(plot, vectors):
    words = clean_text(plot).split()
    found = [vectors.get(word, _zeros(vectors)) for word in words]
    return np.mean(found, axis=0) if found else _zeros(vectors)


@learner("8.3")
def one_long(plot, vectors):
    found = [arrow / np.linalg.norm(arrow) for arrow in _known(plot, vectors)]
    return np.mean(found, axis=0) if found else _zeros(vectors)


@learner("8.3")
def medians(plot, vectors):
    found = _known(plot, vectors)
    return np.median(found, axis=0) if found else _zeros(vectors)


def _unit(vectors):
    return {word: v / np.linalg.norm(v) for word, v in vectors.items()}


def _nearest(words, unit, target):
    return max(words, key=lambda word: unit[word] @ target)


@learner("8.4", "three given words")
def given_words_too(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit, unit, unit[b] - unit[a] + unit[c])


@learner("8.4", "left out c alone")
def only_the_last_is_left_out(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit.keys() - {c}, unit, unit[b] - unit[a] + unit[c])


@learner("8.4")
def the_first_may_come_out(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit.keys() - {b, c}, unit, unit[b] - unit[a] + unit[c])


@learner("8.4")
def the_second_may_come_out(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit.keys() - {a, c}, unit, unit[b] - unit[a] + unit[c])


@learner("8.4")
def the_third_may_come_out(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit.keys() - {a, b}, unit, unit[b] - unit[a] + unit[c])


@learner("8.4", "backwards")
def backwards(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit.keys() - {a, b, c}, unit, unit[a] - unit[b] + unit[c])


@learner("8.4", "long as they were")
def as_long_as_they_were(vectors, a, b, c):
    target = vectors[b] - vectors[a] + vectors[c]
    return _nearest(vectors.keys() - {a, b, c}, vectors, target)


@learner("8.4", "unequal length")
def one_long_only_at_the_end(vectors, a, b, c):
    target = vectors[b] - vectors[a] + vectors[c]
    return _nearest(vectors.keys() - {a, b, c}, _unit(vectors), target)


@learner("8.4", "step from a to b is missing")
def nearest_to_the_last(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit.keys() - {a, b, c}, unit, unit[c])


@learner("8.4")
def all_three_added(vectors, a, b, c):
    unit = _unit(vectors)
    return _nearest(unit.keys() - {a, b, c}, unit, unit[a] + unit[b] + unit[c])


@learner("8.4")
def the_arrow_itself(vectors, a, b, c):
    unit = _unit(vectors)
    return unit[b] - unit[a] + unit[c]


same_function(
    "8.4",
    "the product of two arrows is the same, whichever comes first",
    "return max(others, key=lambda word: target @ unit[word])",
)

FUNNY = ["wedding", "party", "joke", "funny", "romantic", "bride"]
DREAD = ["corpse", "terror", "demon", "haunted", "monster", "cellar"]
cheats(
    "8.5",
    (DREAD, FUNNY),
    (FUNNY, FUNNY),
    (["funny"] * 3, ["corpse"] * 3),
    (["train", "river", "table"], ["window", "letter", "summer"]),
    (["good", "nice", "happy"], ["bad", "sad", "angry"]),
    (FUNNY, []),
    (FUNNY[:2], DREAD[:2]),
    (FUNNY * 2, DREAD * 2),
    ([word.upper() for word in FUNNY], DREAD),
    (FUNNY, [1, 2, 3]),
    (FUNNY, "corpse"),
    [FUNNY, DREAD, FUNNY],
    FUNNY + DREAD,
    {"funny": FUNNY, "dread": DREAD},
    "funny",
    75,
)
cheats("8.6", [3.0, 2.25], [4.5, 4.5], [12.0, 9.0], 3.5, [3, 4], [4], "4 3", 4, None, "")
cheats(
    "8.7",
    [True, True, False, True],
    [False, False, False, True],
    [False, True, True, True],
    [False, True, False, False],
    [True, False, True, False],
    [False, True, False],
    [0, 1, 0, 1],
    ["False", "True", "False", "True"],
    False,
    "",
)
cheats(
    "8.8",
    ("man", "king", "woman", "queen"),
    ("germany", "german", "japan", "japanese"),
    ("germany", "german", "france", "french"),
    ["england", "english", "russia", "russian"],
    ("ship", "sailor", "plane", "pilot"),
    ("sailor", "ship", "pilot", "pilot"),
    ("sailor", "ship", "pilot"),
    ("Sailor", "Ship", "Pilot", "Plane"),
    ("sailor", "ship", "pilot", "xqzt"),
    ("sailor", "ship", "pilot", 7),
    "sailor ship pilot plane",
    "ship",
    None,
)
