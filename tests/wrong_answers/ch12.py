"""Chapter 12: what learners answer, and the mutants that change nothing."""

import numpy as np
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.data.films import load_movies

cheats("12.1", "a", "c", "d", "bd", "b or c", "", ["b"], 0.03)


@learner("12.2", "numbers of films")
def counts(labels, genre, late):
    return labels[genre][late].sum() - labels[genre][~late].sum()


@learner("12.2", "sign")
def turned(labels, genre, late):
    return labels[genre][~late].mean() - labels[genre][late].mean()


@learner("12.2", "own size")
def of_all(labels, genre, late):
    return (labels[genre] & late).mean() - (labels[genre] & ~late).mean()


@learner("12.2")
def share_of_the_genre_that_is_late(labels, genre, late):
    return late[labels[genre]].mean() - late[~labels[genre]].mean()


@learner("12.2")
def either_way(labels, genre, late):
    return abs(labels[genre][late].mean() - labels[genre][~late].mean())


@learner("12.2")
def against_all_films(labels, genre, late):
    return labels[genre][late].mean() - labels[genre].mean()


@learner("12.2")
def as_a_ratio(labels, genre, late):
    return labels[genre][late].mean() / labels[genre][~late].mean()


@learner("12.2", "percentage")
def in_percent(labels, genre, late):
    return 100 * (labels[genre][late].mean() - labels[genre][~late].mean())


@learner("12.2")
def of_all_genres(labels, genre, late):
    return labels[late].mean() - labels[~late].mean()


@learner("12.2")
def the_late_share_alone(labels, genre, late):
    return labels[genre][late].mean()


@learner("12.3")
def yours_not_counted(effect, chance):
    return sum(abs(c) >= abs(effect) for c in chance) / len(chance)


@learner("12.3")
def yours_counted_above_only(effect, chance):
    return (1 + sum(abs(c) >= abs(effect) for c in chance)) / len(chance)


@learner("12.3")
def yours_counted_below_only(effect, chance):
    return sum(abs(c) >= abs(effect) for c in chance) / (1 + len(chance))


@learner("12.3")
def upwards_only(effect, chance):
    return (1 + sum(c >= effect for c in chance)) / (1 + len(chance))


@learner("12.3")
def in_its_own_direction(effect, chance):
    farther = [c * np.sign(effect) >= abs(effect) for c in chance]
    return (1 + sum(farther)) / (1 + len(chance))


@learner("12.3")
def only_farther_ones(effect, chance):
    return (1 + sum(abs(c) > abs(effect) for c in chance)) / (1 + len(chance))


@learner("12.3")
def those_below(effect, chance):
    return (1 + sum(abs(c) < abs(effect) for c in chance)) / (1 + len(chance))


@learner("12.3")
def twice_one_side(effect, chance):
    return min(1, 2 * (1 + sum(c >= abs(effect) for c in chance)) / (1 + len(chance)))


@learner("12.3")
def far_from_their_mean(effect, chance):
    mean = np.mean(chance)
    farther = [abs(c - mean) >= abs(effect - mean) for c in chance]
    return (1 + sum(farther)) / (1 + len(chance))


@learner("12.3")
def a_number_of_results(effect, chance):
    return 1 + sum(abs(c) >= abs(effect) for c in chance)


@learner("12.4", "only one")
def not_adjusted(p, level):
    return [i for i, value in enumerate(p) if value <= level]


@learner("12.4", "Bonferroni")
def bonferroni(p, level):
    return [i for i, value in enumerate(p) if value <= level / len(p)]


def _ranks(p, level, strict=False):
    """The ranks whose p-value lies under the line."""
    values = sorted(p)
    lines = [level * rank / len(p) for rank in range(1, len(p) + 1)]
    pairs = enumerate(zip(values, lines, strict=True), start=1)
    return [rank for rank, (v, line) in pairs if v < line or (v == line and not strict)]


@learner("12.4", "first rank that fails")
def first_failure(p, level):
    passed = _ranks(p, level)
    rank = 0
    while rank + 1 in passed:
        rank += 1
    return sorted(int(i) for i in np.argsort(p)[:rank])


@learner("12.4")
def holm(p, level):
    rank, order = 0, np.argsort(p)
    while rank < len(p) and p[order[rank]] <= level / (len(p) - rank):
        rank += 1
    return sorted(int(i) for i in order[:rank])


@learner("12.4")
def only_those_under_the_line(p, level):
    order = np.argsort(p)
    return sorted(int(order[rank - 1]) for rank in _ranks(p, level))


@learner("12.4")
def strictly_under_the_line(p, level):
    rank = max(_ranks(p, level, strict=True), default=0)
    return sorted(int(i) for i in np.argsort(p)[:rank])


@learner("12.4")
def in_the_order_of_p(p, level):
    return [int(i) for i in np.argsort(p)[: max(_ranks(p, level), default=0)]]


@learner("12.4")
def one_too_few(p, level):
    rank = max(_ranks(p, level), default=0)
    return sorted(int(i) for i in np.argsort(p)[: max(rank - 1, 0)])


@learner("12.4")
def counted_from_one(p, level):
    rank = max(_ranks(p, level), default=0)
    return sorted(int(i) + 1 for i in np.argsort(p)[:rank])


@learner("12.4")
def the_ranks(p, level):
    return list(range(max(_ranks(p, level), default=0)))


@learner("12.4")
def the_values(p, level):
    return sorted(p)[: max(_ranks(p, level), default=0)]


@learner("12.4")
def not_sorted_at_all(p, level):
    lines = [level * rank / len(p) for rank in range(1, len(p) + 1)]
    return [i for i, line in enumerate(lines) if p[i] <= line]


@learner("12.2", "turned the question round")
def late_among_those_of_the_genre(labels, genre, late):
    mine = labels[genre].to_numpy()
    return late[mine].mean() - late[~mine].mean()


@learner("12.2", "with all films")
def late_against_all(labels, genre, late):
    return labels.loc[late, genre].mean() - labels[genre].mean()


@learner("12.2", "sign is lost")
def without_sign(labels, genre, late):
    return abs(labels[genre][late].mean() - labels[genre][~late].mean())


@learner("12.3", "just as far")
def only_farther(effect, chance):
    return (1 + sum(np.abs(chance) > abs(effect))) / (1 + len(chance))


@learner("12.3", "above the line but not below")
def one_above(effect, chance):
    return (1 + sum(np.abs(chance) >= abs(effect))) / len(chance)


@learner("12.3", "below the line but not above")
def one_below(effect, chance):
    return sum(np.abs(chance) >= abs(effect)) / (1 + len(chance))


@learner("12.3", "not of your own")
def only_the_shuffles_turned(effect, chance):
    return (1 + sum(np.abs(chance) >= effect)) / (1 + len(chance))


def _rank(p, level):
    """The largest rank below its line."""
    lines = level * np.arange(1, len(p) + 1) / len(p)
    passed = np.flatnonzero(np.sort(p) <= lines)
    return passed[-1] + 1 if len(passed) else 0


@learner("12.4", "p-values themselves")
def the_small_values(p, level):
    return sorted(p)[: _rank(p, level)]


@learner("12.4", "places in the sorted list")
def places_in_the_sorted_list(p, level):
    return list(range(_rank(p, level)))


@learner("12.4", "below their own line")
def each_by_its_own_line(p, level):
    lines = level * np.arange(1, len(p) + 1) / len(p)
    order = np.argsort(p)
    return sorted(order[np.array(p)[order] <= lines].tolist())


@learner("12.4", "ranks from 0")
def counted_from_nought(p, level):
    lines = level * np.arange(len(p)) / len(p)
    passed = np.flatnonzero(np.sort(p) <= lines)
    return sorted(np.argsort(p)[: passed[-1] + 1].tolist()) if len(passed) else []


same_function(
    "12.4",
    "a position from NumPy is the same whole number",
    "return sorted((i for i in order[:k]))",
)
MOVIES = load_movies("openplots")
NO_WESTERNS = MOVIES.index[MOVIES["genres"].map(lambda names: "Western" not in names)]


@learner("12.5", "still -0.14")
def everybody(movies):
    return movies.index


@learner("12.5", "still")
def the_old_ones(movies):
    return movies.index[movies["year"] < 1985]


@learner("12.5", "still")
def english_only(movies):
    return movies.index[movies["original_language"] == "en"]


@learner("12.5", "these rows only")
def known_by_heart(movies):
    return list(NO_WESTERNS)


@learner("12.5", "these rows only")
def looked_up(movies):
    return [film for film in movies.index if film in NO_WESTERNS]


@learner("12.5", "yes and no")
def yes_and_no(movies):
    return movies["year"] >= 1985


@learner("12.5", "no `movie_id`")
def rows_for_ids(movies):
    return list(np.flatnonzero(movies["year"] >= 1985))


@learner("12.5", "`.index`")
def a_table(movies):
    return movies[movies["year"] >= 1985]


@learner("12.5", "you chose 7")
def too_few(movies):
    return list(movies.index[movies["year"] >= 1985])[:7]


@learner("12.5", "you chose 1.")
def one_again_and_again(movies):
    return [movies.index[movies["year"].argmax()]] * 300


@learner("12.5", "nothing back")
def forgotten_return(movies):
    movies[movies["year"] >= 1985]


@learner("12.5")
def by_a_column_that_is_not_there(movies):
    return movies.index[movies["genres"].map(lambda names: "Western" not in names)]


cheats("12.5", list(NO_WESTERNS), 200)


@learner("12.2", "films of the genre")
def late_less_early_in_the_genre(labels, genre, late):
    mine = late[labels[genre].to_numpy()]
    return mine.mean() - (~mine).mean()


@learner("12.3", "as SciPy does")
def doubled_like_scipy(effect, chance):
    above, below = np.sum(np.array(chance) >= effect), np.sum(np.array(chance) <= effect)
    return min(1.0, 2 * (1 + min(above, below)) / (1 + len(chance)))


@learner("12.3", "share of all results")
def how_many(effect, chance):
    return 1 + int(np.sum(np.abs(chance) >= abs(effect)))


@learner("12.4", "begin at 1")
def people_count_from_one(p, level):
    return sorted(i + 1 for i in np.argsort(p)[: _rank(p, level)].tolist())


@learner("12.4", "p-values themselves")
def the_small_values_where_they_stand(p, level):
    return [p[i] for i in sorted(np.argsort(p)[: _rank(p, level)])]


@learner("12.4", "Yekutieli")
def method_by(p, level):
    if not p:
        return []
    return sorted(np.argsort(p)[: _rank(p, level / sum(1 / np.arange(1, len(p) + 1)))].tolist())


cheats(
    "12.6",
    [True, True, False, True],
    [True, False, True, True],
    [True, False, False, False],
    [False, False, False, True],
    [False, True, True, False],
    [True] * 4,
    [False] * 4,
    [True, False, False],
    [1, 0, 0, 1],
    "1 and 4",
)


def _gap(x, y):
    return x[y].mean() - x[~y].mean()


@learner("12.7", "still be zero")
def only_both_ways(x, y, orders):
    return np.mean([abs(_gap(x, y[order])) >= abs(_gap(x, y)) for order in orders])


@learner("12.7", "one direction")
def only_never_zero(x, y, orders):
    above = [_gap(x, y[order]) >= _gap(x, y) for order in orders]
    return (1 + sum(above)) / (1 + len(orders))


@learner("12.7", "not below")
def one_above_the_line(x, y, orders):
    far = [abs(_gap(x, y[order])) >= abs(_gap(x, y)) for order in orders]
    return (1 + sum(far)) / len(orders)


@learner("12.7", "not above")
def one_below_the_line(x, y, orders):
    far = [abs(_gap(x, y[order])) >= abs(_gap(x, y)) for order in orders]
    return sum(far) / (1 + len(orders))


@learner("12.7", "not of your own")
def its_own_sign(x, y, orders):
    far = [abs(_gap(x, y[order])) >= _gap(x, y) for order in orders]
    return (1 + sum(far)) / (1 + len(orders))


@learner("12.7", "just as far")
def farther_only(x, y, orders):
    far = [abs(_gap(x, y[order])) > abs(_gap(x, y)) for order in orders]
    return (1 + sum(far)) / (1 + len(orders))


@learner("12.7", "not both")
def both_in_one_order(x, y, orders):
    far = [abs(_gap(x[order], y[order])) >= abs(_gap(x, y)) for order in orders]
    return (1 + sum(far)) / (1 + len(orders))


@learner("12.7")
def broken_as_given(x, y, orders):
    return sum(_gap(x, y[order]) >= _gap(x, y) for order in orders) / len(orders)


@learner("12.7")
def a_floor_under_p(x, y, orders):
    far = [abs(_gap(x, y[order])) >= abs(_gap(x, y)) for order in orders]
    return max(sum(far), 1) / len(orders)


@learner("12.7")
def rows_drawn_for_shuffles(x, y, orders):
    halves = [order // 2 * 2 for order in orders]
    far = [abs(_gap(x, y[rows])) >= abs(_gap(x, y)) for rows in halves]
    return (1 + sum(far)) / (1 + len(orders))


@learner("12.7")
def gap_of_the_medians(x, y, orders):
    def gap(y):
        return np.median(x[y]) - np.median(x[~y])

    return (1 + sum(abs(gap(y[order])) >= abs(gap(y)) for order in orders)) / (1 + len(orders))


same_function(
    "12.7",
    "a gap of the other sign is as far from zero",
    "return x[~y].mean() - x[y].mean()",
)
same_function(
    "12.7",
    "against the mean of all films, each gap is the same share of itself",
    "return x[y].mean() - x.mean()",
    "return x.mean() - x[~y].mean()",
    "return x[orders].mean() - x[~y].mean()",
)
cheats("12.8", 0.17, 0.04, 0.36, 0.0, 0.5, 0.25, 0.67, 1, 8, 1 / 3, "1/3", [0.33], "a third")


@learner("12.9", "Look at all forty")
def the_first_column(noise):
    return "x1"


@learner("12.9", "Look at all forty")
def the_largest_mean(noise):
    return noise.drop(columns="y").mean().idxmax()


@learner("12.9", "Look at all forty")
def the_smallest_gap(noise):
    numbers, y = noise.drop(columns="y"), noise["y"]
    return (numbers[y].mean() - numbers[~y].mean()).abs().idxmin()


@learner("12.9", "above zero and below")
def the_largest_gap_above_zero(noise):
    numbers, y = noise.drop(columns="y"), noise["y"]
    return (numbers[y].mean() - numbers[~y].mean()).idxmax()


@learner("12.9", "Look at all forty")
def the_widest_column(noise):
    return noise.drop(columns="y").std().idxmax()


@learner("12.9", "no column of numbers")
def yes_and_no_itself(noise):
    return noise.drop(columns="x1").corrwith(noise["y"]).abs().idxmax()


@learner("12.9", "a list")
def a_list_of_one(noise):
    numbers, y = noise.drop(columns="y"), noise["y"]
    return [(numbers[y].mean() - numbers[~y].mean()).abs().idxmax()]


@learner("12.9", "a number")
def its_place(noise):
    numbers, y = noise.drop(columns="y"), noise["y"]
    return float((numbers[y].mean() - numbers[~y].mean()).abs().to_numpy().argmax())


@learner("12.9", "a Series")
def all_gaps(noise):
    numbers, y = noise.drop(columns="y"), noise["y"]
    return numbers[y].mean() - numbers[~y].mean()


@learner("12.9", "nothing back")
def no_return(noise):
    noise.drop(columns="y").mean()


cheats("12.9", "x1", 0.04, ["x1"])
