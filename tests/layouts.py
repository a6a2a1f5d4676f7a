"""Small tables of invented films in the layouts of seven public data sets.

The films are made by `recombined_films`: titles, people and sentences of ours. Only headings, forms
and the usual oddities are those of the public tables.
"""

import json

import numpy as np
import pandas as pd

from genre_tutorial.data.genres import GENRES
from genre_tutorial.data.synthetic import recombined_films

FIRST = ["Ada", "Bruno", "Clara", "Dario", "Edda", "Fritz", "Greta", "Hugo", "Ines", "Jonas"]
LAST = ["Alm", "Brandt", "Costa", "Dorn", "Ebner", "Falk", "Gruber", "Hahn"]
ADJECTIVES = ["Silent", "Last", "Crooked", "Paper", "Salt", "Winter", "Hollow", "Second"]
NOUNS = ["Harbour", "Orchard", "Signal", "Waltz", "Ledger", "Lantern", "Frontier", "Letter"]
NETFLIX = {
    "Action": "Action & Adventure",
    "Comedy": "Comedies",
    "Documentary": "Documentaries",
    "Drama": "Dramas",
    "Family": "Children & Family Movies",
    "Horror": "Horror Movies",
    "Music": "Music & Musicals",
    "Romance": "Romantic Movies",
    "Science Fiction": "Sci-Fi & Fantasy",
    "Thriller": "Thrillers",
}


def invented(many=150, seed=1):
    """Invented films: title, plot, genres, day, director, year."""
    films = recombined_films(many, seed=seed).reset_index(drop=True)
    rng = np.random.default_rng(seed)
    places = rng.permutation(len(ADJECTIVES) * len(NOUNS) * 4)[:many]
    titles = [f"The {ADJECTIVES[n % 8]} {NOUNS[n // 8 % 8]} {1 + n // 64}" for n in places]
    days = pd.to_datetime(rng.integers(0, 20_000, many), unit="D", origin="1968-01-01")
    people = [f"{FIRST[a]} {LAST[b]}" for a, b in rng.integers(0, 8, (many, 2))]
    return pd.DataFrame(
        {
            "title": titles,
            "plot": films["overview"].to_numpy(),
            "genres": films["genres"].to_numpy(),
            "day": days,
            "director": people,
            "year": days.year,
        }
    )


def objects(names):
    """Genres as TMDB's objects."""
    return [{"id": GENRES[name], "name": name} for name in names]


def tmdb_5000(films, folder):
    """Kaggle's TMDB 5000: JSON in cells of a CSV."""
    table = pd.DataFrame(
        {
            "budget": 1000,
            "genres": films["genres"].map(lambda names: json.dumps(objects(names))),
            "homepage": "",
            "id": range(101, 101 + len(films)),
            "original_language": "en",
            "original_title": films["title"],
            "overview": films["plot"],
            "release_date": films["day"].dt.strftime("%Y-%m-%d"),
            "title": films["title"],
        }
    )
    table.to_csv(folder / "tmdb_5000_movies.csv", index=False)
    return folder / "tmdb_5000_movies.csv"


def the_movies_dataset(films, folder):
    """Kaggle's The Movies Dataset: Python lists in cells, three rows torn by a line's end."""
    table = pd.DataFrame(
        {
            "adult": "False",
            "genres": films["genres"].map(lambda names: repr(objects(names))),
            "id": [str(number) for number in range(862, 862 + len(films))],
            "imdb_id": [f"tt{number:07}" for number in range(1, 1 + len(films))],
            "original_language": "en",
            "original_title": films["title"],
            "overview": films["plot"],
            "release_date": films["day"].dt.strftime("%Y-%m-%d"),
            "title": films["title"],
        }
    )
    torn = {"adult": " - Written by Ada", "genres": "[{'name': 'Sun'}]", "id": "1997-08-20"}
    table = pd.concat([table, pd.DataFrame([torn])])
    table.to_csv(folder / "movies_metadata.csv", index=False)
    return folder / "movies_metadata.csv"


def wikipedia_movie_plots(films, folder):
    """Kaggle's Wikipedia Movie Plots: small genres in free words, some unknown."""
    words = films["genres"].map(lambda names: ", ".join(names).lower()).to_list()
    words[0], words[1], words[2] = "unknown", "romantic comedy", "crime drama"
    table = pd.DataFrame(
        {
            "Release Year": films["year"],
            "Title": films["title"],
            "Origin/Ethnicity": "American",
            "Director": films["director"],
            "Cast": "",
            "Genre": words,
            "Wiki Page": "https://example.org",
            "Plot": films["plot"],
        }
    )
    table.to_csv(folder / "wiki_movie_plots.csv", index=False)
    return folder / "wiki_movie_plots.csv"


def movielens_imdb(films, folder):
    """MovieLens joined to plots: the year in the title, genres behind bars."""
    names = films["genres"].map("|".join).str.replace("Science Fiction", "Sci-Fi")
    names = names.str.replace("Family", "Children").to_list()
    names[3] = "(no genres listed)"
    table = pd.DataFrame(
        {
            "movieId": range(1, 1 + len(films)),
            "title": films["title"] + films["year"].map(" ({})".format),
            "genres": names,
            "imdbId": range(1, 1 + len(films)),
            "plot_summary": films["plot"],
        }
    )
    table.to_csv(folder / "movies.tsv", sep="\t", index=False)
    return folder / "movies.tsv"


def mm_imdb(films, folder):
    """MM-IMDb: objects with lists of plots."""
    rows = [
        {
            "title": film.title,
            "plot": ["Short.", film.plot],
            "genres": film.genres,
            "year": film.year,
            "cover url": "https://example.org/cover.jpg",
            "director": [{"name": film.director}],
        }
        for film in films.itertuples()
    ]
    (folder / "mmimdb.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder / "mmimdb.json"


def netflix_titles(films, folder):
    """Kaggle's Netflix titles: labels of its own, dates in words."""
    labels = films["genres"].map(
        lambda names: ", ".join([NETFLIX[name] for name in names if name in NETFLIX])
    )
    table = pd.DataFrame(
        {
            "show_id": [f"s{number}" for number in range(1, 1 + len(films))],
            "type": "Movie",
            "title": films["title"],
            "director": films["director"],
            "country": "Nowhere",
            "date_added": "September 25, 2021",
            "release_year": films["year"],
            "rating": "PG-13",
            "duration": "90 min",
            "listed_in": [label or "International Movies" for label in labels],
            "description": films["plot"],
        }
    )
    table.to_csv(folder / "netflix_titles.csv", index=False)
    return folder / "netflix_titles.csv"


def imdb_top_1000(films, folder):
    """Kaggle's IMDb top 1000: a year that is none, genres with commas."""
    years = films["year"].astype(str).to_list()
    years[5] = "PG"
    names = films["genres"].map(", ".join).str.replace("Science Fiction", "Sci-Fi")
    table = pd.DataFrame(
        {
            "Poster_Link": "https://example.org/p.jpg",
            "Series_Title": films["title"],
            "Released_Year": years,
            "Certificate": "U",
            "Runtime": "120 min",
            "Genre": names,
            "IMDB_Rating": 8.1,
            "Overview": films["plot"],
            "Director": films["director"],
        }
    )
    table.to_csv(folder / "imdb_top_1000.csv", index=False)
    return folder / "imdb_top_1000.csv"


def one_genre_each(films, folder):
    """One genre a film, as many tables have it."""
    table = films.assign(genre=films["genres"].str[0]).drop(columns=["genres", "day"])
    table.to_csv(folder / "one_genre.csv", index=False)
    return folder / "one_genre.csv"


def another_language(films, folder):
    """Genres in German, most of which nobody here knows."""
    german = {"Comedy": "Komödie", "Crime": "Krimi", "Family": "Familie", "Romance": "Liebesfilm"}
    names = films["genres"].map(lambda names: "|".join([german.get(n, f"{n}film") for n in names]))
    films.assign(genres=names).drop(columns="day").to_csv(folder / "deutsch.csv", index=False)
    return folder / "deutsch.csv"


LAYOUTS = [
    tmdb_5000,
    the_movies_dataset,
    wikipedia_movie_plots,
    movielens_imdb,
    mm_imdb,
    netflix_titles,
    imdb_top_1000,
]
UNUSUAL = [one_genre_each, another_language]
