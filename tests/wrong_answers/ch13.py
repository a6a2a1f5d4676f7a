"""Chapter 13: what learners answer, and the mutants that change nothing."""

import numpy as np
from tools.exercise_mutants import cheats, learner

cheats("13.1", "a", "b", "d", "cd", "b or c", "", ["c"], 32_000)


@learner("13.2", "straight line through seconds")
def linear(n1, t1, n2, t2, n):
    return t2 + (t2 - t1) / (n2 - n1) * (n - n2)


@learner("13.2", "proportion")
def proportional(n1, t1, n2, t2, n):
    return t2 * n / n2


@learner("13.2", "turned over")
def slope_turned_over(n1, t1, n2, t2, n):
    return t2 * (n / n2) ** (np.log(n2 / n1) / np.log(t2 / t1))


@learner("13.2")
def always_quadratic(n1, t1, n2, t2, n):
    return t2 * (n / n2) ** 2


@learner("13.2")
def slope_without_logarithms(n1, t1, n2, t2, n):
    return t2 * (n / n2) ** ((t2 / t1) / (n2 / n1))


@learner("13.2")
def from_the_first_with_the_second(n1, t1, n2, t2, n):
    return t1 * (n / n2) ** (np.log(t2 / t1) / np.log(n2 / n1))


@learner("13.2")
def exponential(n1, t1, n2, t2, n):
    return t2 * (t2 / t1) ** ((n - n2) / (n2 - n1))


@learner("13.2")
def the_slope_rounded(n1, t1, n2, t2, n):
    return t2 * (n / n2) ** round(np.log(t2 / t1) / np.log(n2 / n1))


@learner("13.2")
def its_logarithm(n1, t1, n2, t2, n):
    return np.log(t2) + np.log(t2 / t1) / np.log(n2 / n1) * np.log(n / n2)


@learner("13.2")
def the_slope(n1, t1, n2, t2, n):
    return np.log(t2 / t1) / np.log(n2 / n1)


@learner("13.3", "where they stand")
def values_only(rows, words_a_row, value_bytes):
    return (rows * words_a_row * value_bytes + 4 * (rows + 1)) / 1e6


@learner("13.3", "whatever the size")
def columns_as_large_as_values(rows, words_a_row, value_bytes):
    return (rows * words_a_row * 2 * value_bytes + 4 * (rows + 1)) / 1e6


@learner("13.3", "beginnings")
def no_rows(rows, words_a_row, value_bytes):
    return rows * words_a_row * (value_bytes + 4) / 1e6


@learner("13.3", "end of the last row")
def end_of_the_last_forgotten(rows, words_a_row, value_bytes):
    return (rows * words_a_row * (value_bytes + 4) + 4 * rows) / 1e6


@learner("13.3")
def an_end_for_each(rows, words_a_row, value_bytes):
    return (rows * words_a_row * (value_bytes + 4) + 8 * rows) / 1e6


@learner("13.3")
def beginnings_as_large_as_values(rows, words_a_row, value_bytes):
    return (rows * words_a_row * (value_bytes + 4) + value_bytes * (rows + 1)) / 1e6


@learner("13.3")
def a_row_for_each_value(rows, words_a_row, value_bytes):
    return rows * words_a_row * (value_bytes + 8) / 1e6


@learner("13.3", "1,024")
def mebibytes(rows, words_a_row, value_bytes):
    return (rows * words_a_row * (value_bytes + 4) + 4 * (rows + 1)) / 1024**2


@learner("13.3")
def whole_megabytes(rows, words_a_row, value_bytes):
    return (rows * words_a_row * (value_bytes + 4) + 4 * (rows + 1)) // 1e6


@learner("13.3")
def in_bytes(rows, words_a_row, value_bytes):
    return rows * words_a_row * (value_bytes + 4) + 4 * (rows + 1)


def _n(parts):
    return sum(p[0] for p in parts)


def _mean(parts):
    return sum(p[0] * p[1] for p in parts) / _n(parts)


def _largest(parts):
    return max(p[2] for p in parts)


@learner("13.4", "mean of the means")
def mean_of_means(parts):
    return _n(parts), sum(p[1] for p in parts) / len(parts), _largest(parts)


@learner("13.4", "added up the largest")
def added_largest(parts):
    return _n(parts), _mean(parts), sum(p[2] for p in parts)


@learner("13.4", "last part only")
def the_last(parts):
    return tuple(parts[-1])


@learner("13.4")
def the_largest_part(parts):
    return tuple(max(parts))


@learner("13.4")
def the_largest_of_the_last(parts):
    return _n(parts), _mean(parts), parts[-1][2]


@learner("13.4")
def a_number_of_parts(parts):
    return len(parts), _mean(parts), _largest(parts)


@learner("13.4")
def the_sum_for_the_mean(parts):
    return _n(parts), sum(p[0] * p[1] for p in parts), _largest(parts)


@learner("13.4")
def divided_by_the_parts(parts):
    return _n(parts), sum(p[0] * p[1] for p in parts) / len(parts), _largest(parts)


@learner("13.4")
def median_of_means(parts):
    return _n(parts), float(np.median([p[1] for p in parts])), _largest(parts)


@learner("13.4")
def whole_words(parts):
    return _n(parts), round(_mean(parts)), _largest(parts)


@learner("13.4")
def mean_first(parts):
    return _mean(parts), _n(parts), _largest(parts)


@learner("13.4", "a list")
def as_a_list(parts):
    return [_n(parts), _mean(parts), _largest(parts)]


@learner("13.5", "1000 calls")
def one_by_one(works, films):
    return [film for film in films if not works([film])]


def _halved(works, films):
    if works(films):
        return []
    if len(films) == 1:
        return list(films)
    middle = len(films) // 2
    return _halved(works, films[:middle]) + _halved(works, films[middle:])


@learner("13.5", "you found [17]")
def the_first_only(works, films):
    while len(films) > 1:
        middle = len(films) // 2
        films = films[middle:] if works(films[:middle]) else films[:middle]
    return films


@learner("13.5", "you found []")
def one_half_only(works, films):
    if works(films):
        return []
    if len(films) == 1:
        return list(films)
    middle = len(films) // 2
    left, right = films[:middle], films[middle:]
    return one_half_only(works, right) if works(left) else one_half_only(works, left)[:0]


@learner("13.5", "places")
def their_places(works, films):
    return [films.index(film) for film in _halved(works, films)]


@learner("13.5", "order")
def sorted_by_number(works, films):
    return sorted(_halved(works, films))


@learner("13.5", "order")
def backwards(works, films):
    return _halved(works, films)[::-1]


@learner("13.5", "you found [17, 512, 998]")
def known_by_heart(works, films):
    return [17, 512, 998]


@learner("13.5", "you found")
def nothing(works, films):
    return []


@learner("13.5", "you found")
def everything(works, films):
    return list(films)


@learner("13.5", "calls")
def in_blocks_of_twenty(works, films):
    found = []
    for start in range(0, len(films), 20):
        block = films[start : start + 20]
        if not works(block):
            found += [film for film in block if not works([film])]
    return found


@learner("13.5", "for ever")
def halves_that_never_end(works, films):
    if works(films):
        return []
    middle = len(films) // 2
    return halves_that_never_end(works, films[:middle]) + halves_that_never_end(
        works, films[middle:]
    )


@learner("13.5", "nothing back")
def forgotten_return(works, films):
    _halved(works, films)


cheats("13.5", [17, 512, 998], 3)


def _slope(n1, t1, n2, t2):
    return np.log(t2 / t1) / np.log(n2 / n1)


@learner("13.2", "Take it back")
def logarithm_of_the_time(n1, t1, n2, t2, n):
    return np.log(t1) + _slope(n1, t1, n2, t2) * (np.log(n) - np.log(n1))


@learner("13.2", "into the exponent")
def slope_as_a_factor(n1, t1, n2, t2, n):
    return t2 * n / n2 * _slope(n1, t1, n2, t2)


@learner("13.2", "take logarithms of both")
def slope_of_the_numbers(n1, t1, n2, t2, n):
    return t2 * (n / n2) ** ((t1 - t2) / (n1 - n2))


@learner("13.2", "divided the ratios")
def ratio_of_ratios(n1, t1, n2, t2, n):
    return t2 * (n / n2) ** (t2 / t1 / n2 * n1)


@learner("13.2", "of one measurement")
def two_measurements_mixed(n1, t1, n2, t2, n):
    return t2 * (n / n1) ** _slope(n1, t1, n2, t2)


@learner("13.3", "size of the values")
def values_alone(rows, words_a_row, value_bytes):
    return value_bytes * words_a_row * rows / 1_000_000


@learner("13.3", "8 bytes a row")
def beginnings_and_ends(rows, words_a_row, value_bytes):
    return rows * (words_a_row * (value_bytes + 4) + 8) / 1e6


@learner("13.4", "sum of all words")
def all_words(parts):
    n = sum(p[0] for p in parts)
    return n, sum(p[0] * p[1] for p in parts), max(p[2] for p in parts)


@learner("13.4", "number of parts")
def words_a_part(parts):
    total = sum(p[0] * p[1] for p in parts)
    return sum(p[0] for p in parts), total / len(parts), max(p[2] for p in parts)


@learner("13.5", "a set")
def in_a_set(works, films):
    if works(films):
        return set()
    if len(films) == 1:
        return set(films)
    middle = len(films) // 2
    return in_a_set(works, films[:middle]) | in_a_set(works, films[middle:])


@learner("13.5", "a yes or no")
def whether_it_works(works, films):
    return works(films)


@learner("13.5", "list of its own")
def each_in_a_list(works, films):
    if works(films):
        return []
    if len(films) == 1:
        return [films]
    middle = len(films) // 2
    return each_in_a_list(works, films[:middle]) + each_in_a_list(works, films[middle:])


@learner("13.2", "Turn the slope over")
def turned_over_from_the_first(n1, t1, n2, t2, n):
    return t1 * (n / n1) ** (np.log(n2 / n1) / np.log(t2 / t1))


@learner("13.2", "*ratio*")
def films_for_their_ratio(n1, t1, n2, t2, n):
    return t1 * n ** (np.log(t2 / t1) / np.log(n2 / n1))


@learner("13.4", "one of them")
def the_mean_of_the_largest(parts):
    return _n(parts), _mean(parts), sum(p[2] for p in parts) / len(parts)


@learner("13.4", "number of parts")
def how_many_parts(parts):
    return len(parts), _mean(parts), _largest(parts)


@learner("13.4", "that of the last part")
def largest_in_the_last(parts):
    return _n(parts), _mean(parts), parts[-1][2]
