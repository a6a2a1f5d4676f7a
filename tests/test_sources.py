"""A source is one class in one file; what it gives is held byte by byte."""

import hashlib
import inspect
import io
import json
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from faulty import GENRES, films
from PIL import Image

from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import load_movies
from genre_tutorial.sources.base import Skipped, Source, Wanted, find_source, sources
from genre_tutorial.sources.exports import TmdbExports, read_list
from genre_tutorial.sources.fetch import fetch_movies
from genre_tutorial.sources.harvest import Harvest
from genre_tutorial.sources.pictures import fetch_picture
from genre_tutorial.sources.practice import practice_server


@pytest.mark.parametrize("source", sources().values(), ids=list(sources()))
def test_a_source_says_all_it_must(source):
    assert source.notice.strip() and source.terms.strip() and source.rate > 0
    assert source.keep_days is None or source.keep_days > 0
    assert all(address.startswith("http") for address in source.hosts.values())
    assert type(source).__module__.startswith("genre_tutorial.sources.")


@pytest.mark.parametrize("source", sources().values(), ids=list(sources()))
def test_a_source_heeds_the_choices_it_names_and_no_others(source):
    parents = [parent for parent in type(source).__mro__[:-1] if parent is not Source]
    code = "".join(inspect.getsource(sys.modules[parent.__module__]) for parent in parents)
    for choice in ("pages", "genres", "years", "limit", "posters"):
        assert (f"wanted.{choice}" in code) == (choice in source.choices), choice


def test_a_choice_that_a_source_ignores_is_said(tmp_path, capsys):
    table = tmp_path / "films.csv"
    table.write_text("title,overview,genres\nOne,A plot.,Drama\n", encoding="utf-8")
    fetch_movies(str(table), tmp_path / "whole")
    assert "ignores" not in capsys.readouterr().out
    fetch_movies(str(table), tmp_path / "asked", years=(1990, 1999), posters=True)
    assert "own ignores years, posters; it can choose by nothing" in capsys.readouterr().out


def test_the_sources_are_those_we_know():
    known = {"cmu", "exports", "imdb", "own", "practice", "tmdb", "wikipedia"}
    assert set(sources()) == known and sources()["tmdb"].keep_days == 180


def test_nothing_outside_a_sources_file_knows_its_name():
    """Adding a source touches one file: no list of names anywhere."""
    from genre_tutorial.apps import purge
    from genre_tutorial.sources import base, fetch, harvest

    for module in (base, fetch, harvest, purge):
        with open(module.__file__, encoding="utf-8") as file:
            code = file.read()
        for name in ("wikidata", "imdbws", "cs.cmu", "themoviedb"):
            assert name not in code, f"{module.__name__} knows {name}"


def test_a_name_that_no_source_has_is_one_sentence():
    with pytest.raises(
        CourseError, match="choose cmu, imdb, practice, tmdb, wikipedia, or the path of a table"
    ):
        find_source("netflix")
    with pytest.raises(CourseError, match="no genre called 'Zombies'"):
        Wanted(genres=("Zombies",))


@pytest.mark.parametrize(
    "given, chosen",
    [
        ("Drama", ("Drama",)),
        ("drama, sci-fi", ("Drama", "Science Fiction")),
        (["War", "War", "Drama"], ("War", "Drama")),
        (18, ("Drama",)),
        ([27, "comedies"], ("Horror", "Comedy")),
        ((), ()),
        (None, ()),
        ("", ()),
    ],
)
def test_genres_are_asked_for_in_any_form(given, chosen):
    assert Wanted(genres=given).genres == chosen


def test_years_are_a_span_or_one():
    assert Wanted(years=1994).years == (1994, 1994)
    assert Wanted(years=[1990, 1999]).years == (1990, 1999)
    for wrong in ((1999, 1990), (1990,), "1990", (1990, "1999")):
        with pytest.raises(CourseError, match="is not a span of years; give two numbers"):
            Wanted(years=wrong)


@pytest.mark.parametrize("size, said", [((8000, 8000), "8000 x 8000"), ((20_000, 20_000), "over ")])
def test_a_poster_that_is_too_large_says_so_with_its_limit(tmp_path, size, said):
    content = io.BytesIO()
    Image.new("1", size).save(content, "PNG")
    answer = SimpleNamespace(content=content.getvalue(), raise_for_status=lambda: None)
    session = SimpleNamespace(get=lambda url: answer)
    with pytest.raises(Skipped, match=rf"is too large \({said}.* up to 50,000,000\)"):
        fetch_picture(session, "https://example.org/1.jpg", tmp_path / "1.jpg")
    assert list(tmp_path.iterdir()) == []


# SHA-256 of what each source gave in version 0.1, from 200 films of the practice server.
GIVEN = {
    ("tmdb", "popular"): "d5f289192b013b52",
    ("tmdb", "discover"): "39b36d3122bcdad7",
    ("practice", "popular"): "d5f289192b013b52",
    ("wikipedia", "years"): "ba4811bf5a449ca0",
    ("imdb", "all"): "ba05cd038913a98d",
    ("cmu", "all"): "dfc66730ba97be4d",
}
ASKED = {
    "popular": {"pages": 3, "posters": True},
    "discover": {"pages": 3, "genres": ["Horror", "Drama"], "years": (1980, 1999)},
    "years": {"years": (1980, 1984), "limit": 23, "posters": True},
    "all": {},
}


@pytest.mark.parametrize("source, asked", GIVEN)
def test_a_table_is_byte_for_byte_what_it_was(tmp_path, source, asked):
    with practice_server(films(200), GENRES, every=0) as (url, _):
        file = fetch_movies(source, tmp_path, server=url, rate=500, **ASKED[asked])
    content = file.read_bytes() + file.with_name("skipped.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest()[:16] == GIVEN[source, asked]


def test_the_record_beside_a_table_says_whose_it_is_and_until_when(tmp_path):
    with practice_server(films(20), GENRES, every=0) as (url, _):
        file = fetch_movies("tmdb", tmp_path, server=url, rate=500, pages=1)
    record = json.loads(file.with_name("source.json").read_text())
    assert set(record) == {"name", "notice", "terms", "fetched", "last", "keep_days"}
    assert record["keep_days"] == 180 and "OpenPlots" in record["notice"]


def movies_dataset(folder, rows, credits=(), keywords=()):
    """Invented tables in the layout of The Movies Dataset: lists as Python writes them."""
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(folder / "movies_metadata.csv", index=False)
    if credits:
        pd.DataFrame(credits).to_csv(folder / "credits.csv", index=False)
    if keywords:
        pd.DataFrame(keywords).to_csv(folder / "keywords.csv", index=False)
    return folder


def row(number, title, genres, **more):
    """One invented film."""
    told = {"id": number, "title": title, "genres": genres, "overview": f"Plot of {title}."}
    return told | {"release_date": "1999-05-01", "original_language": "en"} | more


INVENTED = [
    row("11", "A Lamp", "[{'id': 18, 'name': 'Drama'}, {'id': 80, 'name': 'Crime'}]"),
    row("12", "Stairs, Down", "[{'id': 27, 'name': 'Horror'}]", release_date="2001-01-01"),
    row("1997-08-20", "Shifted", "[]"),
    row("13", "Half", "[{'id': 27, 'na"),
    row("14", "A Call", "__import__('os').getcwd()"),
    row("11", "A Lamp", "[]"),
    row("15", "", "[]"),
]
CREDITS = [{"cast": "[]", "crew": "[{'job': 'Director', 'name': 'A. One'}]", "id": "11"}]
KEYWORDS = [{"id": "12", "keywords": "[{'id': 1, 'name': 'cellar'}]"}]


def test_the_movies_dataset_is_read_from_a_folder(tmp_path, capsys):
    export = movies_dataset(tmp_path / "export", INVENTED, CREDITS, KEYWORDS)
    file = fetch_movies(str(export), tmp_path / "out")
    movies = load_movies(file)
    assert movies["title"].to_dict() == {
        11: "A Lamp",
        12: "Stairs, Down",
        13: "Half",
        14: "A Call",
    }
    assert movies["genres"].tolist() == [["Crime", "Drama"], ["Horror"], [], []]
    assert movies.loc[11, "director"] == "A. One" and list(movies.loc[12, "keywords"]) == ["cellar"]
    skipped = pd.read_csv(file.with_name("skipped.csv"))["reason"]
    assert skipped.str.contains("'1997-08-20'").sum() == 1
    assert skipped.str.contains("neither JSON nor a Python list").sum() == 2
    assert set(skipped[skipped.str.startswith("a r")]) >= {"a repeated row", "a row without title"}
    assert "without written permission" in capsys.readouterr().out
    assert json.loads(file.with_name("source.json").read_text())["keep_days"] == 180


def test_tmdb_5000_is_read_from_a_folder(tmp_path):
    export = tmp_path / "export"
    export.mkdir()
    crew = json.dumps([{"job": "Editor", "name": "B"}, {"job": "Director", "name": "C. Two"}])
    film = row("21", "A Boat", '[{"id": 12, "name": "Adventure"}]', keywords='[{"name": "sea"}]')
    pd.DataFrame([film]).to_csv(export / "tmdb_5000_movies.csv", index=False)
    credits = [{"movie_id": "21", "title": "A Boat", "cast": "[]", "crew": crew}]
    pd.DataFrame(credits).to_csv(export / "tmdb_5000_credits.csv", index=False)
    movie = load_movies(fetch_movies(str(export), tmp_path / "out")).loc[21]
    assert movie["director"] == "C. Two" and list(movie["keywords"]) == ["sea"]
    assert movie["genres"] == ["Adventure"]


def test_an_export_is_cut_to_years_and_genres(tmp_path):
    export = movies_dataset(tmp_path / "export", INVENTED[:2])
    asked = {"years": (2000, 2010)}, {"genres": ["Horror"]}
    for number, wanted in enumerate(asked):
        file = fetch_movies(str(export), tmp_path / f"out{number}", **wanted)
        assert load_movies(file)["title"].tolist() == ["Stairs, Down"]


def test_a_folder_without_an_export_says_what_is_missing(tmp_path):
    with pytest.raises(CourseError, match="holds neither movies_metadata.csv nor"):
        fetch_movies(str(tmp_path), tmp_path / "out")
    with pytest.raises(CourseError, match="Name the folder"):
        fetch_movies("exports", tmp_path / "out")
    with pytest.raises(CourseError, match="Name the file"):
        fetch_movies("own", tmp_path / "out")
    (tmp_path / "movies_metadata.csv").write_bytes(b'id,title\n"1')
    with pytest.raises(CourseError, match="can't be read as a table"):
        fetch_movies(str(tmp_path), tmp_path / "out")
    (tmp_path / "movies_metadata.csv").write_text("number,title\n1,A\n")
    with pytest.raises(CourseError, match="no column 'id'"):
        fetch_movies(str(tmp_path), tmp_path / "out")


@pytest.mark.parametrize("text", ["{'a': 1}", "[1]", "[" * 5000, "nothing", "f()", "[" + "1" * 9])
def test_a_cell_that_is_no_list_of_objects_is_a_value_error(text):
    with pytest.raises(ValueError):
        read_list(text)


def test_a_source_of_the_readers_own_needs_one_class(tmp_path, monkeypatch):
    """What a new file in `genre_tutorial.sources` would hold, and nothing more."""
    from genre_tutorial.sources import exports

    class Shelf(Source):
        name = "shelf"
        notice = "From a shelf."
        terms = "Free."

        def fetch(self, session, harvest, wanted):
            harvest.skip("fell off", 2, "Two")
            return pd.DataFrame({"id": [1], "title": ["One"], "overview": ["P"], "genres": [[]]})

    Shelf.__module__ = exports.__name__
    monkeypatch.setattr(exports, "Shelf", Shelf, raising=False)
    file = fetch_movies("shelf", tmp_path)
    assert load_movies(file)["title"].tolist() == ["One"]
    assert pd.read_csv(file.with_name("skipped.csv")).values.tolist() == [[2, "Two", "fell off"]]
    assert TmdbExports.from_path(tmp_path) is not None


def test_a_harvest_saves_only_what_is_right(tmp_path):
    harvest = Harvest(tmp_path)
    with pytest.raises(Skipped, match="unexpected shape"):
        harvest.answer("a/1.json", lambda: [], lambda answer: isinstance(answer, dict))
    assert not list(tmp_path.rglob("*.json"))
    assert harvest.answer("a/1.json", lambda: {"x": 1}, bool) == {"x": 1}
    assert harvest.answer("a/1.json", lambda: 1 / 0, bool) == {"x": 1}, "not asked for again"
