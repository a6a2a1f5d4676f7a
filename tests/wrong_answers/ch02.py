"""Chapter 2: what learners answer, and the mutants that change nothing."""

import numpy as np
import pandas as pd
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.cooccurrence import GENRE_GROUPS, cooccurrence, lift
from genre_tutorial.data.genres import GENRES

cheats("2.1", "a", "c", "abc", "a and b", "", {"b"}, 0)


@learner("2.2", "divided by all films")
def of_all(labels, a, b):
    return (labels[a] & labels[b]).mean()


@learner("2.2", "film by film")
def every_answer(labels, a, b):
    return labels[labels[a]][b]


@learner("2.2")
def share_of_b(labels, a, b):
    return labels[b].mean()


@learner("2.2")
def of_either(labels, a, b):
    return (labels[a] & labels[b]).sum() / (labels[a] | labels[b]).sum()


@learner("2.2", "either genre")
def either_of_all_films(labels, a, b):
    return np.mean(labels[a] | labels[b])


@learner("2.2", "joined by `&`")
def joined_by_and(labels, a, b):
    return (labels[a] and labels[b]).sum() / labels[a].sum()


@learner("2.2", "lift")
def as_lift(labels, a, b):
    return labels.loc[labels[a], b].mean() / labels[b].mean()


@learner("2.2")
def of_the_others(labels, a, b):
    return labels.loc[~labels[a], b].mean()


@learner("2.2")
def the_rest(labels, a, b):
    return 1 - labels.loc[labels[a], b].mean()


@learner("2.2")
def as_percent(labels, a, b):
    return 100 * labels.loc[labels[a], b].mean()


@learner("2.2")
def rounded_share(labels, a, b):
    return round(labels.loc[labels[a], b].mean(), 2)


@learner("2.2")
def share_of_the_labels(labels, a, b):
    return (labels[a] & labels[b]).sum() / labels.loc[labels[a]].to_numpy().sum()


@learner("2.3", "course's own")
def the_chapters_own(labels):
    return cooccurrence(labels)


another_name = cooccurrence


def _inside(labels):
    return another_name(labels)


@learner("2.3", "course's own")
def under_another_name(labels):
    return _inside(labels)


@learner("2.3", "course's own")
def imported_on_the_spot(labels):
    from genre_tutorial.cooccurrence import cooccurrence as count_pairs

    return count_pairs(labels)


cheats("2.3", cooccurrence)


@learner("2.3", "Numbers must go into it")
def numbers_too_late(labels):
    return labels.T.dot(labels).astype(int)


@learner("2.3", "lost their names")
def without_names(labels):
    Y = labels.to_numpy(dtype=int)
    return pd.DataFrame(Y.T @ Y)


@learner("2.3", "correlations")
def as_pandas_has_it(labels):
    return labels.corr(numeric_only=False)


@learner("2.3", "loop")
def in_two_loops(labels):
    table = pd.DataFrame(0, index=labels.columns, columns=labels.columns)
    for a in labels.columns:
        for b in labels.columns:
            table.loc[a, b] = (labels[a] & labels[b]).sum()
    return table


@learner("2.3", "loop")
def in_a_comprehension(labels):
    return pd.DataFrame({a: labels[labels[a]].sum() for a in labels.columns})


@learner("2.3", "array")
def as_an_array(labels):
    Y = labels.to_numpy(dtype=int)
    return Y.T @ Y


@learner("2.3", "shares of all films")
def in_shares(labels):
    Y = labels.astype(int)
    return Y.T @ Y / len(Y)


@learner("2.3", "correlations")
def correlations(labels):
    return labels.astype(int).corr()


@learner("2.3", "One half")
def upper_half_only(labels):
    Y = labels.astype(int)
    return (Y.T @ Y) * np.triu(np.ones((Y.shape[1], Y.shape[1]), dtype=int))


@learner("2.3", "shares")
def in_shares_of_the_row(labels):
    Y = labels.astype(float)
    counts = Y.T @ Y
    return counts / np.diag(counts)[:, None]


@learner("2.3", "run over")
def in_one_byte(labels):
    Y = labels.to_numpy().view(np.int8)
    return pd.DataFrame(Y.T @ Y, labels.columns, labels.columns)


@learner("2.3")
def in_another_byte(labels):
    Y = labels.astype("uint8")
    return Y.T @ Y


@learner("2.3", "transposed")
def nothing_transposed(labels):
    Y = labels.astype(int)
    return Y @ Y


@learner("2.3")
def either_genre(labels):
    Y = labels.astype(int)
    return len(Y) - (1 - Y).T @ (1 - Y)


@learner("2.4", "most often")
def the_most_frequent_partner(labels, genre):
    return cooccurrence(labels)[genre].drop(genre).idxmax()


@learner("2.4")
def largest_overlap(labels, genre):
    both = cooccurrence(labels)[genre].drop(genre)
    return (both / (labels.sum() + labels[genre].sum() - both)).idxmax()


@learner("2.4")
def highest_correlation(labels, genre):
    return labels.corr()[genre].drop(genre).idxmax()


@learner("2.4", "subtracted")
def largest_difference(labels, genre):
    both = cooccurrence(labels)[genre] / len(labels)
    return (both - labels.mean() * labels[genre].mean()).drop(genre).idxmax()


@learner("2.4")
def divided_by_the_root(labels, genre):
    both = cooccurrence(labels)[genre].drop(genre)
    return (both / np.sqrt(labels.sum() * labels[genre].sum())).idxmax()


@learner("2.4")
def the_rarest(labels, genre):
    return labels.sum().drop(genre).idxmin()


@learner("2.4", "lowest")
def the_one_it_avoids(labels, genre):
    return lift(cooccurrence(labels), len(labels))[genre].drop(genre).idxmin()


@learner("2.4", "with itself")
def with_itself(labels, genre):
    return lift(cooccurrence(labels), len(labels))[genre].idxmax()


@learner("2.4", "wholly inside")
def the_second_largest(labels, genre):
    return lift(cooccurrence(labels), len(labels))[genre].nlargest(2).index[1]


@learner("2.4", "place in the list")
def its_place(labels, genre):
    return lift(cooccurrence(labels), len(labels))[genre].drop(genre).to_numpy().argmax()


@learner("2.4", "the lift itself")
def its_lift(labels, genre):
    return lift(cooccurrence(labels), len(labels))[genre].drop(genre).max()


CONSTANT = "each lift is multiplied by the same number, so the highest stays the highest"
same_function(
    "2.4",
    CONSTANT,
    "lifts = labels[labels[genre]].sum() / labels.mean()",
    "lifts = labels[labels[genre]].mean() / labels.sum()",
)

NAMES = sorted(GENRES)


def _dealt(seed):
    """Five groups of genres by chance."""
    names = list(np.random.default_rng(seed).permutation(NAMES))
    return {str(i): names[i::5] for i in range(5)}


cheats(
    "2.5",
    {str(i): NAMES[4 * i : 4 * i + 4] for i in range(5)},
    {"all": NAMES},
    {name: [name] for name in NAMES},
    {"most": [n for n in NAMES if n not in ("TV Movie", "Music", "Western")]}
    | {name: [name] for name in ("TV Movie", "Music", "Western")},
    {name: list(group) for name, group in GENRE_GROUPS.items()},
    {"most": NAMES} | {str(i): [] for i in range(4)},
    [NAMES[:9], NAMES[9:]],
    {"a": "Action Crime", "b": "Drama"},
    dict.fromkeys(NAMES, "drama"),
    GENRE_GROUPS | {"uplifting": [*GENRE_GROUPS["uplifting"], "TV Movie"]},
    GENRE_GROUPS | {"tv": ["TV Movie", "Drama"]},
    GENRE_GROUPS | {"tv": ["TV Movie"]},
    GENRE_GROUPS | {"drama": ["TV Movie", "Drama"]},
    *[_dealt(seed) for seed in range(40)],
)
