"""Chapter 1: what learners answer, and the mutants that change nothing."""

import random
from pathlib import Path
from uuid import uuid4

from tools.exercise_mutants import cheats, learner

from genre_tutorial.data import genres
from genre_tutorial.data.films import label_matrix, load_movies

cheats("1.1", "a", "c", "ab", "b and c", "", ["b"], True)


@learner("1.2", "gap after the last")
def a_gap_for_each_page(pages, rate):
    return pages / rate


@learner("1.2", "before the first")
def gaps_round_about(pages, rate):
    return (pages + 1) / rate


@learner("1.2")
def whole_seconds(pages, rate):
    return (pages - 1) // rate


@learner("1.2")
def rounded(pages, rate):
    return round((pages - 1) / rate, 1)


@learner("1.2", "higher rate")
def the_rate_is_the_gap(pages, rate):
    return (pages - 1) * rate


@learner("1.2")
def at_least_one_a_second(pages, rate):
    return (pages - 1) / max(rate, 1)


@learner("1.3", "after the last")
def a_wait_for_each_try(first, longest, tries):
    return [min(first * 2**n, longest) for n in range(tries)]


@learner("1.3", "`first` itself")
def doubled_at_once(first, longest, tries):
    return [min(first * 2 ** (n + 1), longest) for n in range(tries - 1)]


@learner("1.3", "powers")
def powers_of_the_first(first, longest, tries):
    return [min(first ** (n + 1), longest) for n in range(tries - 1)]


@learner("1.3", "Go on with the longest")
def no_wait_over_the_longest(first, longest, tries):
    return [first * 2**n for n in range(tries - 1) if first * 2**n <= longest]


@learner("1.3")
def squares(first, longest, tries):
    return [min(first * n**2, longest) for n in range(1, tries)]


@learner("1.3")
def stays_below_the_longest(first, longest, tries):
    waits = []
    for _ in range(tries - 1):
        waits.append(first)
        first = first if first * 2 > longest else first * 2
    return waits


@learner("1.3")
def the_first_is_never_too_long(first, longest, tries):
    waits = [first][: tries - 1]
    while len(waits) < tries - 1:
        waits.append(min(waits[-1] * 2, longest))
    return waits


@learner("1.3")
def ends_at_the_longest(first, longest, tries):
    waits = []
    while len(waits) < tries - 1 and first < longest:
        waits.append(first)
        first *= 2
    return waits


@learner("1.3")
def all_together(first, longest, tries):
    return sum(min(first * 2**n, longest) for n in range(tries - 1))


@learner("1.3")
def whole_seconds_only(first, longest, tries):
    return [int(min(first * 2**n, longest)) for n in range(tries - 1)]


@learner("1.4", "not safe")
def after_the_title(movie):
    return movie["title"] + Path(movie["poster_path"]).suffix.lower()


@learner("1.4", "not safe")
def id_and_title(movie):
    return f"{movie['id']} {movie['title']}{Path(movie['poster_path']).suffix.lower()}"


@learner("1.4", "begin with a letter or a digit")
def a_number_below_zero(movie):
    return f"-{movie['id']}{Path(movie['poster_path']).suffix.lower()}"


@learner("1.4", "not safe")
def slashes_replaced(movie):
    return f"{movie['id']}_{movie['title'].replace('/', '_')}.jpg"


@learner("1.4", "not safe")
def the_path_of_the_url(movie):
    return movie["poster_path"].lower()


@learner("1.4", "share the name")
def the_end_of_the_url(movie):
    return movie["poster_path"].lower()[1:]


@learner("1.4", "ending")
def the_ending_as_it_is(movie):
    return f"{movie['id']}{Path(movie['poster_path']).suffix}"


@learner("1.4", "ending")
def four_letters(movie):
    return f"{movie['id']}{movie['poster_path'][-4:].lower()}"


@learner("1.4", "ending")
def what_follows_the_first_dot(movie):
    return f"{movie['id']}.{movie['poster_path'].lower().split('.')[1]}"


@learner("1.4", "ending")
def without_an_ending(movie):
    return str(movie["id"])


@learner("1.4", "each time")
def by_chance(movie):
    return f"{uuid4()}{Path(movie['poster_path']).suffix.lower()}"


@learner("1.4", "share the name")
def only_the_ending(movie):
    return "poster" + Path(movie["poster_path"]).suffix.lower()


@learner("1.4", "text")
def a_number(movie):
    return movie["id"]


@learner("1.4", "too long")
def letters_of_the_title(movie):
    title = "".join(c for c in movie["title"] if c.isalnum())
    return f"{movie['id']}{title}{Path(movie['poster_path']).suffix.lower()}"


cheats("1.4", "754.jpg", ["754.jpg"], 754)

PARTS = {"comedy": "Comedy", "western": "Western", "drama": "Drama", "war": "War"}


@learner("1.5")
def nothing_fits(label):
    return set()


@learner("1.5")
def everything_fits(label):
    return set(genres.GENRES)


@learner("1.5")
def words_that_are_genres(label):
    return {word.title() for word in label.split()} & set(genres.GENRES)


@learner("1.5")
def a_few_rules(label):
    return {genre for part, genre in PARTS.items() if part in label.lower()}


@learner("1.5", "none of TMDB")
def the_label_itself(label):
    return {label.title()}


@learner("1.5", "map_genres")
def the_function_of_the_course(label):
    return set(genres.map_genres([label])[0])


@learner("1.5", "set is asked")
def a_list(label):
    return [genre for part, genre in PARTS.items() if part in label.lower()]


@learner("1.5")
def one_by_chance(label):
    return {random.Random(label).choice(sorted(genres.GENRES))}


RIGHT = {
    "romantic comedy": {"Romance", "Comedy"},
    "spaghetti western": {"Western"},
    "space opera": {"Science Fiction"},
    "docudrama": {"Drama"},
    "zombie film": {"Horror"},
    "war drama": {"War", "Drama"},
    "film noir": {"Crime"},
    "sci-fi horror": {"Science Fiction", "Horror"},
    "musical": {"Music"},
    "family animation": {"Family", "Animation"},
}


@learner("1.5", "Capital letters")
def lower_case_only(label):
    return RIGHT.get(label, set())


@learner("1.5", "Capital letters")
def first_letter_capital(label):
    return RIGHT.get(label[0].lower() + label[1:], set())


@learner("1.5", "9 of 12")
def nine_of_twelve(label):
    known = dict(list(RIGHT.items())[:7])
    return known.get(label.lower(), set())


@learner("1.5")
def the_silent_ones_wrong(label):
    return RIGHT.get(label.lower(), {"Drama"}) if label.lower() != "docudrama" else {"Documentary"}


cheats("1.5", {"Drama"}, "Drama", RIGHT)


cheats(
    "1.6",
    [True, True, False, True],
    [True, False, True, True],
    [False, False, False, True],
    [True, True, True, True],
    [False, False, False, False],
    [True, False, False],
    True,
    "True, False, False, True, True",
)


def every_film():
    """All of OpenPlots."""
    return load_movies("openplots")


def around(year, films):
    """Of each genre, the films nearest to a year."""
    labels = label_matrix(films)
    far = (films["year"] - year).abs()
    return sorted({n for genre in labels for n in far[labels[genre]].nsmallest(20).index})


cheats("1.7", every_film().index.tolist())
cheats("1.7", every_film().index[::4].tolist())
cheats("1.7", around(1990, every_film()))
cheats("1.7", list(every_film().index) + [603])
cheats("1.7", [1, 2, 3])
cheats("1.7", every_film()["title"].tolist(), 200, [], "603", every_film().index[:0])
