"""Embedded films, word vectors and bad tables."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from genre_tutorial.core import files
from genre_tutorial.core.files import data_file
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import (
    clean_movies,
    course_movies,
    label_matrix,
    left_out,
    load_films,
    load_movies,
    sampled_pages,
)
from genre_tutorial.data.genres import GENRES
from genre_tutorial.data.tables import read_table, tidy
from genre_tutorial.evaluation import evaluate
from genre_tutorial.svm_naive_bayes import logistic_regression


def loaded(source):
    """(movies, sentences of the report) of a file."""
    films = load_films(source)
    return films.table, films.problems


def write(folder, name, content):
    path = Path(folder) / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


GOOD = "id,title,overview,genres\n1,Alien,A crew.,Horror|Sci-Fi\n2,Heat,A thief.,Crime\n"


def test_openplots_is_a_clean_table():
    movies, found = loaded("openplots")
    assert len(movies) >= 200 and movies.index.is_unique
    assert found == []
    assert set().union(*movies["genres"]) == set(GENRES)
    assert movies["overview"].notna().all() and movies["director"].notna().all()
    assert movies["original_language"].str.fullmatch("[a-z]{2}").all()
    assert movies["year"].between(1895, 2026).all()
    assert not movies.duplicated(["title", "year"]).any()


def test_plots_are_20_to_80_words_and_distinct():
    overviews = load_movies("openplots")["overview"]
    words = overviews.map(lambda text: len(re.findall(r"[\w'’]+", text)))
    assert words.between(15, 90).all() and words.between(20, 80).mean() > 0.98
    assert overviews.is_unique


def test_sampled_pages_are_as_messy_as_promised():
    pages = sampled_pages()
    unique = pages.drop_duplicates("id")
    assert len(pages) > len(unique)
    assert (unique["overview"] == "").sum() == 13
    assert unique["poster_path"].isna().sum() > 0
    assert unique["genre_ids"].map(lambda ids: 10769 in ids).sum() == 25
    assert unique["genre_ids"].map(lambda ids: 10771 in ids).sum() == 1
    assert len(clean_movies(pages)) == len(unique) - 13


@pytest.mark.parametrize("damage", [b"", b"half"])
def test_a_damaged_data_file_is_one_clear_error(tmp_path, monkeypatch, damage):
    for file in files.DATA.iterdir():
        if file.name != "openvectors.npz":
            shutil.copy(file, tmp_path)
    monkeypatch.setattr(files, "DATA", tmp_path)
    good = (tmp_path / "openplots.jsonl").read_bytes()
    (tmp_path / "openplots.jsonl").write_bytes(damage and good[: len(good) // 2])
    with pytest.raises(CourseError, match="install the course again"):
        load_movies("openplots")
    with pytest.raises(CourseError, match="install the course again"):
        data_file("openvectors.npz")


def test_a_missing_file(tmp_path):
    with pytest.raises(CourseError, match="no file .*nothing.csv"):
        load_movies(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    "name, content",
    [
        ("empty.csv", ""),
        ("rows.csv", "id,title,overview,genres\n"),
        ("no.json", "[]"),
        ("bad.parquet", "PAR1"),
        ("bad.zip", "PK"),
        ("page.json", "<html>"),
        ("ragged.csv", "a,b\n1,2\n3,4,5,6\n"),
    ],
)
def test_a_wrong_or_empty_table(tmp_path, name, content):
    with pytest.raises(CourseError) as caught:
        load_movies(write(tmp_path, name, content))
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_ending(tmp_path):
    with pytest.raises(CourseError, match=r"\.xlsx"):
        load_movies(write(tmp_path, "films.xlsx", "x"))


@pytest.mark.parametrize("column", ["title", "overview", "genres"])
def test_a_missing_column_is_named(tmp_path, column):
    path = write(tmp_path, "films.csv", GOOD.replace(column, "other"))
    with pytest.raises(CourseError, match=f"films.csv has no column '{column}'"):
        load_movies(path)


def test_text_that_is_not_utf8_is_located(tmp_path):
    path = write(tmp_path, "films.csv", GOOD.replace("A thief.", "Un café.").encode("latin-1"))
    with pytest.raises(CourseError, match="row 3, column 'overview'"):
        load_movies(path)


def test_a_bad_line_of_json_lines_is_located(tmp_path):
    good = json.dumps({"id": 1, "title": "A", "overview": "B", "genres": ["Drama"]})
    with pytest.raises(CourseError, match="row 2"):
        load_movies(write(tmp_path, "films.jsonl", f"{good}\n{{broken\n"))


def test_an_unknown_genre_is_kept_and_reported(tmp_path):
    movies, found = loaded(write(tmp_path, "films.csv", GOOD.replace("Crime", "Crime|Noir")))
    assert movies.loc[2, "genres"] == ["Crime", "Noir"] and len(movies) == 2
    assert found == [
        "films.csv, row 3, column 'genres': 'Noir' is not a TMDB genre; kept as it is."
    ]


ROWS = [
    {
        "id": 1,
        "title": "Alien",
        "overview": "A crew.",
        "genres": ["Horror"],
        "release_date": "1979-05-25",
        "year": "1979",
    },
    {
        "id": 2,
        "title": "Heat",
        "overview": "A thief.",
        "genres": ["Crime", "Noir"],
        "release_date": "soon",
        "year": "next",
    },
    {
        "id": 3,
        "title": "Up",
        "overview": "A balloon.",
        "genres": ["Drama"],
        "release_date": None,
        "year": "2009",
    },
]


@pytest.mark.parametrize("ending, row", [("csv", 3), ("jsonl", 2), ("json", 2), ("parquet", 2)])
def test_a_bad_row_is_called_by_its_number_in_each_format(tmp_path, ending, row):
    table, path = pd.DataFrame(ROWS), tmp_path / f"films.{ending}"
    writers = {
        "csv": lambda: table.assign(genres=table["genres"].str.join("|")).to_csv(path, index=False),
        "jsonl": lambda: table.to_json(path, orient="records", lines=True),
        "json": lambda: table.to_json(path, orient="records"),
        "parquet": lambda: table.to_parquet(path),
    }
    writers[ending]()
    movies, found = loaded(path)
    assert found == [
        f"films.{ending}, row {row}, column 'genres': 'Noir' is not a TMDB genre; kept as it is.",
        f"films.{ending}, row {row}, column 'release_date': 'soon' can't be read; left empty.",
        f"films.{ending}, row {row}, column 'year': 'next' can't be read; left empty.",
    ]
    assert movies.loc[1, "release_date"] == pd.Timestamp("1979-05-25") and movies[
        "release_date"
    ].isna().tolist() == [False, True, True]
    assert movies["year"].fillna(0).tolist() == [1979, 0, 2009]


def test_empty_lines_are_counted_but_are_no_rows(tmp_path):
    one, two = (
        json.dumps({"id": i, "title": "T", "overview": "x", "genres": genre})
        for i, genre in ((1, "Drama"), (2, "Noir"))
    )
    assert (
        "row 4, column 'genres'"
        in loaded(write(tmp_path, "films.jsonl", f"{one}\n\n\n{two}\n"))[1][0]
    )
    movies, found = loaded(
        write(
            tmp_path,
            "films.csv",
            GOOD.replace("\n2", "\n\n  \n2")
            .replace("A crew.", '"A\ncrew."')
            .replace("Crime", "Noir"),
        )
    )
    assert "row 5, column 'genres'" in found[0] and len(movies) == 2


def test_rows_without_an_id_are_numbered_and_without_a_title_left_out(tmp_path):
    rows = "x,Nobody,A man.,Drama\n,Someone,A girl.,Drama\n5,,A dog.,Drama\n"
    movies, found = loaded(write(tmp_path, "films.csv", GOOD + rows))
    assert found == [
        "films.csv: 1 row has no title (first: row 6); left out.",
        "films.csv: 1 id is no whole number; numbered, and kept as a text in 'text_id' "
        "(first: row 4, 'x').",
        "films.csv: 1 row has no id; numbered behind the others (first: row 5).",
    ]
    assert movies["title"].to_dict() == {1: "Alien", 2: "Heat", 3: "Nobody", 4: "Someone"}
    assert movies.loc[3, "text_id"] == "x"


def test_a_clash_keeps_the_rows_numbers(tmp_path):
    with pytest.raises(CourseError, match="rows 2, 5, column 'movie_id'"):
        load_movies(
            write(tmp_path, "films.csv", GOOD + ",Nobody,A man.,Drama\n1,Aliens,Marines.,Action\n")
        )


def test_a_strange_line_separator_inside_a_plot_is_a_letter(tmp_path):
    row = json.dumps(
        {"id": 1, "title": "T", "overview": "one\u2028two\x85three", "genres": ["Drama"]},
        ensure_ascii=False,
    )
    assert (
        load_movies(write(tmp_path, "films.jsonl", row + "\n")).loc[1, "overview"]
        == "one\u2028two\x85three"
    )


def test_repeats_are_merged_and_no_good_row_is_lost(tmp_path):
    movies = load_movies(write(tmp_path, "films.csv", GOOD + "1,Alien,,Thriller\n"))
    assert list(movies.index) == [1, 2]
    assert (
        movies.loc[1, "genres"] == ["Horror", "Science Fiction", "Thriller"]
        and movies.loc[1, "overview"] == "A crew."
    )


def test_one_id_for_two_films_is_an_error(tmp_path):
    with pytest.raises(CourseError, match="rows 2, 4, column 'movie_id': 1 stands for two"):
        load_movies(write(tmp_path, "films.csv", GOOD + "1,Aliens,Marines.,Action\n"))


def test_an_unknown_source():
    with pytest.raises(CourseError, match="no source called 'netflix'"):
        load_movies("netflix")


def test_a_source_that_was_fetched_is_loaded_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    with pytest.raises(
        CourseError, match="no source called 'wikipedia' on this computer.*fetch wikipedia"
    ):
        load_movies("wikipedia")
    (tmp_path / "scraped" / "wikipedia").mkdir(parents=True)
    write(
        tmp_path / "scraped" / "wikipedia",
        "movies.jsonl",
        json.dumps({"movie_id": 7, "title": "T", "overview": "x", "genres": ["Drama"]}),
    )
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", "wikipedia")
    assert load_movies().index.tolist() == [7] and load_films().source == "wikipedia"
    with pytest.raises(CourseError, match="no source called"):
        load_movies("../scraped/wikipedia")


def test_every_format_gives_the_same_table(tmp_path):
    path = write(tmp_path, "films.csv", GOOD)
    raw = pd.read_csv(path)
    raw.to_json(tmp_path / "films.jsonl", orient="records", lines=True)
    raw.to_json(tmp_path / "films.json", orient="records")
    raw.to_parquet(tmp_path / "films.parquet")
    expected = label_matrix(load_movies(path))
    for ending in ("jsonl", "json", "parquet"):
        assert label_matrix(load_movies(tmp_path / f"films.{ending}")).equals(expected)


def test_tidy_leaves_its_input_alone():
    raw = pd.DataFrame({"id": [1], "title": ["A"], "overview": ["B"], "genres": ["Drama"]})
    before = raw.copy()
    tidy(raw)
    assert raw.equals(before)


@pytest.mark.real
def test_the_tmdb_5000_file(real_data, monkeypatch, capsys):
    path = real_data / "tmdb5000" / "tmdb_5000_movies.csv.zip"
    movies = load_movies(path)
    assert len(movies) == 4803
    assert (movies["genres"].map(len) == 0).sum() == 28
    assert left_out(movies)["no genres"] == 28
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", str(path))
    assert len(course_movies()) == 300
    assert "28 movies with no genres are left out" in capsys.readouterr().out


@pytest.mark.real
def test_the_poster_index(real_data):
    clean = clean_movies(load_movies(real_data / "posters" / "index.csv"))
    assert len(read_table(real_data / "posters" / "index.csv")) == 1283
    assert len(clean) == 1278 and clean["poster"].notna().all()


@pytest.mark.real
def test_recorded_tmdb_answers_go_through_the_same_reader(real_data):
    for name in ("popular_page_1", "search_page_1", "discover_movie"):
        answer = json.loads((real_data / "api" / f"{name}.json").read_text(encoding="utf-8"))
        movies = tidy(pd.DataFrame(answer["results"]).drop_duplicates("id"))
        assert len(movies) == len({row["id"] for row in answer["results"]})


@pytest.mark.real
def test_a_model_of_ours_knows_real_plots_nearly_as_well(real_data):
    """The data card's comparison: trained on OpenPlots, or on as many real plots; both tested on
    the poster file's films.
    """
    index = clean_movies(load_movies(real_data / "posters" / "index.csv"))
    more = clean_movies(load_movies(real_data / "tmdb5000" / "tmdb_5000_movies.csv.zip"))
    genres = sorted(GENRES)
    truth = label_matrix(index, genres)
    more = more[~more["title"].isin(index["title"])]

    def figures(train):
        model = logistic_regression(pieces=False).fit(
            train["overview"], label_matrix(train, genres)
        )
        scores = model.scores(index["overview"])
        return evaluate(truth, scores)[["micro_f1", "map"]]

    ours = clean_movies(load_movies("openplots"))
    ours = ours[~ours["title"].isin(index["title"])]
    real, drawn_up = figures(more.sample(len(ours), random_state=0)), figures(ours)
    assert (drawn_up > real - 0.05).all() and drawn_up["micro_f1"] > 0.45
