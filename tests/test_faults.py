"""A scrape that heals itself: every fault costs what it touches, says so, and is gone afterwards.

Each fault stands in a table: what may be missing while it lasts, and what the report says.
"""

import gzip
import io
import json
import re
import tarfile

import faulty
import pandas as pd
import pytest
from faulty import GENRES, KEY, always, films
from PIL import Image

from genre_tutorial.core import http
from genre_tutorial.core.http import polite_session
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import load_movies
from genre_tutorial.sources import fetch as fetch_module
from genre_tutorial.sources.fetch import fetch_movies
from genre_tutorial.sources.practice import PracticeServices, practice_server

ASKED = {
    "tmdb": {"pages": 3},
    "posters": {"pages": 2, "posters": True},
    "wikipedia": {"years": (1980, 1982), "limit": 9, "posters": True},
    "imdb": {},
    "cmu": {},
}
COUNT = {"tmdb": 60, "posters": 24, "wikipedia": 60, "imdb": 30, "cmu": 30}


@pytest.fixture(autouse=True)
def quick(monkeypatch, request):
    """Short pauses, few tries; and a key, which must show nowhere. Little patience only in tests
    of patience: a busy machine answers late.
    """
    real = polite_session
    patience = 3.0 if re.search("drip|silen", request.node.name) else 60.0
    short = {"pause": 0.01, "tries": 2, "timeout": patience}
    monkeypatch.setattr(fetch_module, "polite_session", lambda **given: real(**given | short))
    monkeypatch.setattr(http.PoliteSession, "slowest", patience)
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    monkeypatch.setattr(PracticeServices, "images", lambda self, path, query: encoded())
    monkeypatch.setattr(PracticeServices, "uploads", lambda self, path, query: encoded())


def encoded(mode="RGB", size=(30, 40), kind="JPEG"):
    """A picture, as bytes; drawing posters takes longer than the tests want to wait."""
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def fetch(folder, kind, fault=None):
    """Fetch what `kind` asks for; returns (file, log)."""
    source = "tmdb" if kind == "posters" else kind
    with practice_server(films(COUNT[kind]), GENRES, every=0, fault=fault) as (url, log):
        return fetch_movies(source, folder, server=url, rate=2000, **ASKED[kind]), log


WHOLE = {}


@pytest.fixture
def whole(tmp_path_factory):
    """The rows of a fetch in which nothing goes wrong, by kind."""

    def of(kind):
        if kind not in WHOLE:
            file, _ = fetch(tmp_path_factory.mktemp("whole"), kind)
            WHOLE[kind] = file.read_bytes(), file.with_name("skipped.csv").read_bytes()
        return WHOLE[kind]

    return of


def rows_of(content):
    """Row by movie."""
    rows = [json.loads(line) for line in content.decode("utf-8").splitlines()]
    return {row.get("id", row.get("movie_id")): row for row in rows}


def new_remarks(file, before):
    """What the report says that it doesn't say of a clean fetch."""
    lines = file.with_name("skipped.csv").read_text("utf-8").splitlines()
    return [line for line in lines if line not in before.decode("utf-8").splitlines()]


def assert_only_touched_is_lost(got, clean, lost, column=None):
    """Every other row is what it was; of a touched row, with `column`, only that cell differs."""
    for number, row in clean.items():
        if number not in lost:
            assert got[number] == row
        elif column:
            assert {**got[number], column: 0} == {**row, column: 0}, f"only {column} is lost"


def strike(tmp_path, whole, capfd, kind, where, fault, lost, says, heals, column=None):
    """Let a fault strike, look at what is left, take it away, start again."""
    content, remarks = whole(kind)
    clean = rows_of(content)
    file, _ = fetch(tmp_path, kind, always(fault, where=where))
    got = rows_of(file.read_bytes())
    assert_only_touched_is_lost(got, clean, lost, column)
    new = new_remarks(file, remarks)
    assert any(says in line for line in new), (says, new)
    load_movies(file)
    again, _ = fetch(tmp_path, kind)
    assert (again.read_bytes() == content) == heals
    assert_only_touched_is_lost(rows_of(again.read_bytes()), clean, () if heals else lost, column)
    shown = "".join(capfd.readouterr())
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert KEY not in shown and not any(KEY.encode() in content for content in kept)


DEEP = b"[" * 100_000
NO_ANSWER = "did not give a usable answer"
PAGE_FAULTS = {
    "a web page": (faulty.raw(b"<html>busy</html>"), NO_ANSWER),
    "a list": (faulty.as_json([1, 2]), "unexpected shape"),
    "null": (faulty.as_json(None), "unexpected shape"),
    "a number": (faulty.as_json(5), "unexpected shape"),
    "results are a text": (faulty.as_json({"results": "none"}), "unexpected shape"),
    "an error with status 200": (
        faulty.as_json({"success": False, "status_code": 11}),
        "unexpected shape",
    ),
    "no body": (faulty.raw(b""), NO_ANSWER),
    "half of the JSON": (faulty.raw(b'{"results": [{"id": 1'), NO_ANSWER),
    "bytes that are no text": (faulty.raw(b'{"results": "\xff\xfe"}'), ""),
    "nested without end": (faulty.raw(DEEP), NO_ANSWER),
    "a number of 5,000 digits": (faulty.raw(b'{"total_pages": ' + b"9" * 5000 + b"}"), NO_ANSWER),
    "total_pages is true": (
        faulty.changed(lambda page: page | {"total_pages": True}),
        "unexpected shape",
    ),
    "total_pages is a text": (
        faulty.changed(lambda page: page | {"total_pages": "3"}),
        "unexpected shape",
    ),
    "total_pages below zero": (
        faulty.changed(lambda page: page | {"total_pages": -3}),
        "unexpected shape",
    ),
    "total_results is null": (
        faulty.changed(lambda page: page | {"total_results": None}),
        "unexpected shape",
    ),
    "403": (faulty.status(403), "status 403"),
    "404": (faulty.status(404), "404"),
    "429 for good": (faulty.status(429), "status 429"),
    "429, wait for a day": (faulty.status(429, Retry_After=86400), "longer than 120 seconds"),
    "503, wait for ever": (faulty.status(503, Retry_After="9" * 400), "longer than 120 seconds"),
    "500": (faulty.status(500), "status 500"),
    "503": (faulty.status(503), "status 503"),
    "hang up": (faulty.reset, NO_ANSWER),
    "half of the body": (faulty.half, NO_ANSWER),
    "a chunked body without end": (faulty.cut_chunks, NO_ANSWER),
    "silence": (faulty.stall(5.0), NO_ANSWER),
    "a drip": (faulty.drip(0.05), "too slowly"),
    "headers that drip": (faulty.SLOW_HEADS["a header"], NO_ANSWER),
    "the length of a chunk that drips": (
        faulty.SLOW_BODIES["the length of a chunk"],
        "too slowly",
    ),
    "a length that is no number": (faulty.odd_length, NO_ANSWER),
    "10 GB announced": (faulty.huge, "refused"),
    "a gzip bomb": (faulty.bomb, "refused"),
    "not packed as it says": (faulty.raw(b"plain", Content_Encoding="gzip"), NO_ANSWER),
    "sent to another host": (faulty.elsewhere, "refused"),
    "sent to //host": (faulty.status(302, Location="//evil.example/"), "refused"),
    "sent to HTTP://host": (faulty.status(302, Location="HTTP://evil.example/"), "refused"),
    "sent to another scheme": (faulty.status(302, Location="file:///etc/passwd"), "refused"),
    "sent in a circle": (faulty.status(302, Location="/tmdb/3/movie/popular?page=2"), NO_ANSWER),
    "sent to nowhere": (faulty.status(302, Location="http://[bad/"), "nobody can read"),
}


@pytest.mark.parametrize("name", PAGE_FAULTS)
def test_a_page_costs_itself_and_comes_back(tmp_path, whole, capfd, name):
    fault, says = PAGE_FAULTS[name]
    lost = set(range(21, 41))
    strike(tmp_path, whole, capfd, "tmdb", "page=2", fault, lost, says or "page 2", True)


def in_row(**cells):
    """Other cells in the third row of a page."""
    return faulty.changed(lambda page: page["results"][2].update(cells))


def without(*names):
    """No such cells in the third row of a page."""
    return faulty.changed(lambda page: [page["results"][2].pop(name) for name in names] and page)


def row_is(value):
    """Something else in place of the third row of a page."""

    def change(page):
        page["results"][2] = value

    return faulty.changed(change)


NO_MOVIE = "a row without id or title"
ODD_CELL = "has an unexpected form"
HALF_LETTER = "half a character"
ROW_FAULTS = {  # fault, what the report says, the only cell that is lost (None: the row)
    "null for a row": (row_is(None), NO_MOVIE, None),
    "a text for a row": (row_is("junk"), NO_MOVIE, None),
    "a list for a row": (row_is([23]), NO_MOVIE, None),
    "id is true": (in_row(id=True), NO_MOVIE, None),
    "no id": (without("id"), NO_MOVIE, None),
    "id is a text": (in_row(id="23"), NO_MOVIE, None),
    "id is infinite": (in_row(id=float("inf")), NO_MOVIE, None),
    "id is enormous": (in_row(id=10**30), NO_MOVIE, None),
    "id is below zero": (in_row(id=-23), NO_MOVIE, None),
    "no title": (without("title"), NO_MOVIE, None),
    "title is blank": (in_row(title="  "), NO_MOVIE, None),
    "title is a list": (in_row(title=["Film 22"]), NO_MOVIE, None),
    "half a character in a title": (in_row(title="Film \ud83d"), HALF_LETTER, "title"),
    "half a character in a plot": (in_row(overview="Plot \udc00"), HALF_LETTER, "overview"),
    "genres are a text": (in_row(genre_ids="Drama"), ODD_CELL, "genre_ids"),
    "genres are partly junk": (in_row(genre_ids=[27, "x", True, None]), ODD_CELL, "genre_ids"),
    "a plot is a number": (in_row(overview=5), ODD_CELL, "overview"),
    "a date is an object": (in_row(release_date={"y": 1}), ODD_CELL, "release_date"),
    "a poster's path is a number": (in_row(poster_path=7), ODD_CELL, "poster_path"),
    "a language is a list": (in_row(original_language=["en"]), ODD_CELL, "original_language"),
    "popularity is not a number": (in_row(popularity=float("nan")), ODD_CELL, "popularity"),
}


@pytest.mark.parametrize("name", ROW_FAULTS)
def test_a_row_costs_itself_or_one_cell(tmp_path, whole, capfd, name):
    fault, says, column = ROW_FAULTS[name]
    if name == "popularity is not a number":
        file, _ = fetch(tmp_path, "tmdb", always(fault, where="page=2"))
        assert (
            len(load_movies(file)) == 60 and ODD_CELL in file.with_name("skipped.csv").read_text()
        )
        return
    strike(tmp_path, whole, capfd, "tmdb", "page=2", fault, {23}, says, False, column)


POSTER_FAULTS = {
    "a web page for a picture": (faulty.raw(b"<html>"), "not a whole picture"),
    "nothing for a picture": (faulty.raw(b""), "not a whole picture"),
    "half a picture": (faulty.raw(encoded()[:-150]), "not a whole picture"),
    "a picture of 144 million pixels": (
        faulty.raw(encoded("1", (12000, 12000), "PNG")),
        "is too large",
    ),
    "a picture of 64 million pixels": (
        faulty.raw(encoded("1", (8000, 8000), "PNG")),
        "is too large",
    ),
    "a program for a printer": (faulty.raw(encoded("L", kind="EPS")), "not a whole picture"),
    "a vector drawing": (faulty.raw(b"<svg xmlns='x'/>"), "not a whole picture"),
    "404 for a picture": (faulty.status(404), "could not be fetched"),
    "401 for a picture": (faulty.status(401), "could not be fetched"),
    "500 for a picture": (faulty.status(500), "could not be fetched"),
    "hang up on a picture": (faulty.reset, "could not be fetched"),
    "silence for a picture": (faulty.stall(5.0), "could not be fetched"),
    "a picture that drips": (faulty.drip(0.05), "too slowly"),
    "a picture of 10 GB": (faulty.huge, "is too large"),
    "a picture on another host": (faulty.elsewhere, "refused"),
    "a picture on //host": (faulty.status(302, Location="//evil.example/1.jpg"), "refused"),
    "a picture after a day": (faulty.status(429, Retry_After=86400), "longer than 120 seconds"),
}


@pytest.mark.parametrize("name", POSTER_FAULTS)
def test_a_poster_costs_itself_and_comes_back(tmp_path, whole, capfd, name):
    fault, says = POSTER_FAULTS[name]
    strike(tmp_path, whole, capfd, "posters", "/w342/3.jpg", fault, {3}, says, True, "poster")


def bindings(change):
    """Change Wikidata's rows."""
    return faulty.changed(lambda answer: change(answer["results"]["bindings"]))


def cell(name, value):
    """Another cell in Wikidata's first row."""
    return bindings(lambda rows: rows[0].update({name: value}) or None)


def no_cell(name):
    """A cell less in Wikidata's first row."""
    return bindings(lambda rows: rows[0].pop(name) and None)


def first_row(value):
    """Something else for Wikidata's first row."""
    return bindings(lambda rows: rows.__setitem__(0, value))


NO_FILM = "a row without number or title"
YEAR = "1981-01-01T00%3A00%3A00Z%22%5E%5Exsd%3AdateTime%0A+++++++++%26%26"  # films of 1981
WIKIDATA_FAULTS = {  # fault, which films it costs, what the report says, whether it heals
    "no table": (faulty.as_json({"results": {}}), {2, 22, 42}, "unexpected shape", True),
    "a table of text": (
        faulty.as_json({"results": {"bindings": "x"}}),
        {2, 22, 42},
        "unexpected shape",
        True,
    ),
    "a trace of Java": (faulty.status(500), {2, 22, 42}, NO_ANSWER, True),
    "a web page from Wikidata": (faulty.raw(b"<html>"), {2, 22, 42}, NO_ANSWER, True),
    "a film without title": (no_cell("title"), {2}, NO_FILM, False),
    "a film without number": (no_cell("film"), {2}, NO_FILM, False),
    "a film that is none": (cell("film", {"value": "http://x/P31"}), {2}, NO_FILM, False),
    "a title that is no object": (cell("title", "Film 1"), {2}, NO_FILM, False),
    "a title that is a number": (cell("title", {"value": 5}), {2}, NO_FILM, False),
    "null for a film": (first_row(None), {2}, NO_FILM, False),
    "a list for a film": (first_row([]), {2}, NO_FILM, False),
    "a letter's half from Wikidata": (
        cell("title", {"value": "Film \ud800"}),
        {2},
        HALF_LETTER,
        False,
    ),
    "a film without article": (no_cell("article"), {2}, "names no article", False),
    "an article without a title": (
        cell("article", {"value": "https://en.wikipedia.org/wiki/"}),
        {2},
        "names no article",
        False,
    ),
}


@pytest.mark.parametrize("name", WIKIDATA_FAULTS)
def test_wikidata_costs_a_year_or_a_film(tmp_path, whole, capfd, name):
    fault, lost, says, heals = WIKIDATA_FAULTS[name]
    strike(tmp_path, whole, capfd, "wikipedia", YEAR, fault, lost, says, heals)


def pages(change):
    """Change MediaWiki's list of pages."""
    return faulty.changed(lambda answer: change(answer["query"]))


PLOT_FAULTS = {
    "an empty query": (faulty.as_json({"query": {}}), "unexpected shape", True),
    "no pages": (faulty.as_json({"query": {"pages": []}}), "unexpected shape", True),
    "null for a page": (faulty.as_json({"query": {"pages": [None]}}), "unexpected shape", True),
    "a text that is a number": (
        faulty.as_json({"query": {"pages": [{"extract": 5}]}}),
        "unexpected shape",
        True,
    ),
    "MediaWiki's error with status 200": (
        faulty.as_json({"error": {"code": "readonly"}}),
        "unexpected shape",
        True,
    ),
    "a list from MediaWiki": (faulty.as_json([]), "unexpected shape", True),
    "lagging for good": (
        faulty.raw(b'{"error": {"code": "maxlag"}}', Retry_After=0),
        "unexpected shape",
        True,
    ),
    "no such article": (
        faulty.as_json({"query": {"pages": [{"title": "x", "missing": True}]}}),
        "no plot",
        False,
    ),
}


@pytest.mark.parametrize("name", PLOT_FAULTS)
def test_a_plot_costs_itself(tmp_path, whole, capfd, name):
    fault, says, heals = PLOT_FAULTS[name]
    where = "titles=Film_22&"
    strike(tmp_path, whole, capfd, "wikipedia", where, fault, {22}, says, heals, "overview")


def info(change):
    """Change what Commons says about a picture."""
    return faulty.changed(lambda answer: change(answer["query"]["pages"][0]))


PICTURE_FAULTS = {
    "no words about a picture": (
        info(lambda page: page["imageinfo"][0].update(extmetadata=[])),
        "none given",
        False,
    ),
    "a picture without infos": (info(lambda page: page.update(imageinfo=[])), "no such", False),
    "null about a picture": (info(lambda page: page.update(imageinfo=None)), "no such", False),
    "a picture without an address": (
        info(lambda page: page["imageinfo"][0].pop("thumburl") and None),
        "no such picture",
        False,
    ),
    "a picture's address elsewhere": (
        info(lambda page: page["imageinfo"][0].update(thumburl="http://169.254.169.254/x")),
        "not Wikimedia's",
        False,
    ),
    "a licence that is a list": (
        info(lambda page: page["imageinfo"][0].update(extmetadata={"LicenseShortName": ["CC0"]})),
        "none given",
        False,
    ),
    "Commons' error with status 200": (
        faulty.as_json({"error": {"code": "x"}}),
        "unexpected shape",
        True,
    ),
    "an object for Commons' pages": (
        faulty.as_json({"query": {"pages": {"-1": {}}}}),
        "unexpected shape",
        True,
    ),
}


@pytest.mark.parametrize("name", PICTURE_FAULTS)
def test_a_free_picture_costs_itself(tmp_path, whole, capfd, name):
    fault, says, heals = PICTURE_FAULTS[name]
    where = "titles=File%3A23.jpg"
    strike(tmp_path, whole, capfd, "wikipedia", where, fault, {23}, says, heals, "poster")


SAVED = [
    ("tmdb", "answers/popular/page-002.json"),
    ("posters", "images/3.jpg"),
    ("wikipedia", "answers/films-3/1981-00000.json"),
    ("wikipedia", "answers/plots/22.json"),
    ("wikipedia", "answers/pictures/23.json"),
    ("wikipedia", "images/23.jpg"),
]
DAMAGES = {"empty": b"", "half": b'{"results": [', "a list": b"[]", "bytes": b"\xff\xd8\xff\x00"}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind, name", SAVED)
def test_a_damaged_saved_file_is_told_and_fetched_again(
    tmp_path, whole, capsys, kind, name, damage
):
    fetch(tmp_path, kind)
    (tmp_path / name).write_bytes(DAMAGES[damage])
    file, log = fetch(tmp_path, kind)
    assert file.read_bytes() == whole(kind)[0] and len(log) == 1
    assert "is damaged; it is asked for again" in capsys.readouterr().out


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_told_and_made_again(tmp_path, capsys, damage):
    file, _ = fetch(tmp_path, "tmdb")
    record = file.with_name("source.json")
    good = json.loads(record.read_bytes())
    record.write_bytes(DAMAGES[damage])
    fetch(tmp_path, "tmdb")
    assert json.loads(record.read_bytes()) == good
    assert capsys.readouterr().out.count("source.json is damaged") == 1


PACKED = {
    "imdb": ("title.basics.tsv.gz", gzip.compress(b"tconst\ttitle")[:-4]),
    "cmu": ("MovieSummaries.tar.gz", gzip.compress(b"no archive")),
}


@pytest.mark.parametrize("content", [b"", b"junk", b"\x1f\x8b\x08\x00", None])
@pytest.mark.parametrize("source", PACKED)
def test_a_damaged_archive_is_told_and_fetched_again(tmp_path, whole, capsys, source, content):
    name, own = PACKED[source]
    (tmp_path / name).write_bytes(own if content is None else content)
    file, log = fetch(tmp_path, source)
    assert file.read_bytes() == whole(source)[0] and len(log) == 1
    assert "it is fetched again" in capsys.readouterr().out


def test_an_archive_that_is_always_damaged_is_one_sentence(tmp_path):
    for source in PACKED:
        with pytest.raises(CourseError, match="damaged|can't be read"):
            fetch(tmp_path, source, always(faulty.raw(b"junk")))


def basics(*rows):
    """IMDb's file with these rows added."""
    head = "tconst\ttitleType\tprimaryTitle\tstartYear\tgenres\n"
    return gzip.compress((head + "\n".join(rows) + "\n").encode())


def test_damaged_rows_of_imdb_are_counted_and_the_rest_kept(tmp_path):
    rows = ["tt7\tmovie\tAlien\t1979\tHorror", "tt8\tmovie", "ttx\tmovie\tB\t1\tDrama"]
    rows += ["tt9\tmovie\tC\t²\tDrama", "tt10\tmovie\tD\t1990\t[broken"]
    file, _ = fetch(tmp_path, "imdb", always(faulty.raw(basics(*rows))))
    assert load_movies(file)["title"].tolist() == ["Alien", "C"]
    remark = pd.read_csv(file.with_name("skipped.csv"))["reason"].tolist()
    assert remark == ["3 rows are cut or have no number (first: line 3)"]


def corpus(facts, plots):
    """The CMU archive with these lines."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, lines in {"movie.metadata.tsv": facts, "plot_summaries.txt": plots}.items():
            content = "\n".join(lines).encode()
            member = tarfile.TarInfo(f"MovieSummaries/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def test_damaged_lines_of_the_corpus_are_named_and_the_rest_kept(tmp_path):
    good = '7\t/m/07\tAlien\t1979\t\t\t{}\t{}\t{"/m/1": "Horror"}'
    facts = [good, "8\tcut", good.replace("7\t/m/07", "9\t/m/09").replace('"}', "")]
    facts += [good.replace("7\t/m/07", "10\t/m/10").replace('{"/m/1": "Horror"}', "[1]")]
    plots = ["7\tA crew.", "8\tB", "9\tC", "10\tD", "no tab here"]
    file, _ = fetch(tmp_path, "cmu", always(faulty.raw(corpus(facts, plots))))
    assert load_movies(file)["title"].tolist() == ["Alien"]
    remarks = pd.read_csv(file.with_name("skipped.csv"))
    assert set(remarks["reason"]) == {"a damaged line"} and remarks["title"].tolist() == [
        "plot_summaries.txt, line 5",
        *(f"movie.metadata.tsv, line {line}" for line in (2, 3, 4)),
    ]


def test_two_fetches_into_one_folder_do_not_meet(tmp_path, whole):
    said = []

    def second(handler):
        if not said:
            try:
                fetch(tmp_path, "tmdb")
            except CourseError as error:
                said.append(str(error))
        handler.answer()

    file, _ = fetch(tmp_path, "tmdb", always(second, where="page=2"))
    assert "is at work in" in said[0] and file.read_bytes() == whole("tmdb")[0]


def test_a_file_where_the_folder_is_wanted_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(CourseError, match="Can't write into"):
        fetch(tmp_path / "taken", "tmdb")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "answers").write_text("a file")
    with pytest.raises(CourseError, match="Can't write"):
        fetch(tmp_path / "out", "tmdb")


def test_a_refused_key_ends_the_fetch_and_costs_nothing(tmp_path, whole):
    with pytest.raises(CourseError, match="refused the key"):
        fetch(tmp_path, "tmdb", always(faulty.status(401), where="page=2"))
    assert fetch(tmp_path, "tmdb")[0].read_bytes() == whole("tmdb")[0]


def test_a_first_page_that_never_comes_costs_its_question_only(tmp_path):
    with practice_server(
        films(60), GENRES, every=0, fault=always(faulty.status(500), where="with_genres=27")
    ) as (url, _):
        asked = {"genres": ["Horror", "Drama"], "years": (1980, 1999)}
        file = fetch_movies("tmdb", tmp_path, server=url, rate=2000, **asked)
    assert {tuple(genres) for genres in load_movies(file)["genres"]} == {("Drama",)}
    assert "discover, Horror" in file.with_name("skipped.csv").read_text()


def test_nothing_at_all_is_one_sentence(tmp_path):
    with pytest.raises(CourseError, match="no page of movies.*status 503"):
        fetch(tmp_path, "tmdb", always(faulty.status(503)))
    with pytest.raises(CourseError, match="gave no usable row"):
        fetch(tmp_path / "w", "wikipedia", always(first_row_only_junk, where="sparql"))


def first_row_only_junk(handler):
    """A table of one row that is no film."""
    handler.reply(200, b'{"results": {"bindings": [{"x": 1}]}}')


def test_fewer_movies_than_promised_are_reported(tmp_path):
    promise = faulty.changed(lambda page: page | {"total_results": 75})
    file, _ = fetch(tmp_path, "tmdb", always(promise, where="popular"))
    remarks = pd.read_csv(file.with_name("skipped.csv"))["reason"].tolist()
    assert remarks == ["the service promised 75 movies and gave 60"]


def moved(page):
    """The list with its last film climbed to the top."""

    def change(handler):
        answer = faulty.true_answer(handler)
        rows = list(handler.services.films.values())
        ranked = [rows[-1], *rows[:-1]]
        at = answer["page"] - 1
        answer["results"] = ranked[at * 20 : at * 20 + 20]
        handler.reply(200, json.dumps(answer).encode())

    return change


def test_a_list_that_moves_once_is_read_again(tmp_path):
    """Page 1 is read before a film climbs to the top, the others after it: one film twice, one
    never; a second reading has all.
    """

    def fault(path, n):
        return None if "page=1&" in path + "&" and n == 1 else moved(path)

    file, log = fetch(tmp_path, "tmdb", fault)
    assert sorted(load_movies(file).index) == list(range(1, 61)) and len(log) == 6
    assert pd.read_csv(file.with_name("skipped.csv")).empty
    assert fetch(tmp_path, "tmdb")[1] == [], "and it is saved as read the second time"


def test_a_list_that_never_rests_is_reported(tmp_path):
    def restless(handler):
        answer = faulty.true_answer(handler)
        answer["results"][0] = {**answer["results"][0], "id": 1}
        handler.reply(200, json.dumps(answer).encode())

    file, log = fetch(tmp_path, "tmdb", always(restless, where="popular"))
    remarks = pd.read_csv(file.with_name("skipped.csv"))["reason"]
    assert remarks.str.contains("moved while it was read").sum() == 1 and len(log) == 9
    assert fetch(tmp_path, "tmdb")[1] == [], "what was reported is not asked for at every start"


def test_a_film_with_a_slash_in_its_title_gets_its_own_plot(tmp_path):
    """*Face/Off* was asked for as *Off*, and got another film's plot."""
    asked = []

    def slash(handler):
        answer = faulty.true_answer(handler)
        for row in answer["results"]["bindings"]:
            row["article"]["value"] = "https://en.wikipedia.org/wiki/Face/Off_2"
        handler.reply(200, json.dumps(answer).encode())

    def look(path, n):
        if "sparql" in path:
            return slash
        asked.append(path)

    fetch(tmp_path, "wikipedia", look)
    titles = [path for path in asked if path.startswith("/wikipedia/")]
    assert titles and all("titles=Face%2FOff_2&" in path for path in titles)


def titled(answer):
    """Wikidata's films with a slash in their articles' titles."""
    for row in answer["results"]["bindings"]:
        number = row["film"]["value"].rsplit("Q", 1)[-1]
        row["article"]["value"] = f"https://en.wikipedia.org/wiki/face/Off_{number}"


ELSEWHERE = {"title": "Off 22", "extract": "== Plot ==\nAnother film's plot."}
SENT_ON = {"title": "Face/Off (film)", "extract": "== Plot ==\nThe plot."}
CHAIN = {"normalized": [{"from": "face/Off_22", "to": "Face/Off 22"}], "redirects": [None]}


def test_an_answer_of_an_older_version_about_another_film_is_asked_for_again(tmp_path, capsys):
    fault = always(faulty.changed(titled), where="sparql")
    file, _ = fetch(tmp_path, "wikipedia", fault)
    good, saved = file.read_bytes(), tmp_path / "answers" / "plots" / "22.json"
    saved.write_text(json.dumps({"query": {"pages": [ELSEWHERE]}}))
    file, log = fetch(tmp_path, "wikipedia", fault)
    assert file.read_bytes() == good and len(log) == 1
    assert "plots/22.json is about something else; it is asked for again" in capsys.readouterr().out
    saved.write_text(json.dumps({"query": {"pages": [SENT_ON], **CHAIN}}))
    file, log = fetch(tmp_path, "wikipedia", fault)
    assert rows_of(file.read_bytes())[22]["overview"] == "The plot." and log == []


def test_films_that_come_twice_from_wikidata_are_reported(tmp_path):
    def twice(rows):
        rows[-1] = rows[0]

    file, _ = fetch(tmp_path, "wikipedia", always(bindings(twice), where=YEAR))
    assert "1 film came twice" in file.with_name("skipped.csv").read_text()


def test_many_silent_pages_are_bounded_in_time(tmp_path):
    def silent(path, n):
        return faulty.stall(5.0) if "page=" in path and "page=1" not in path else None

    file, _ = fetch(tmp_path, "tmdb", silent)
    assert len(load_movies(file)) == 20
