"""A good table, written at random in any dialect we read, comes back equal; damaged in one place,
exactly that place is reported, and nothing else is lost.
"""

import csv
import importlib.util
import json
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from dialects import (
    DAY_FORMS,
    GENRE_TEXTS,
    GENRE_VALUES,
    JSON_WRITERS,
    films,
    packed,
    table,
    write_csv,
    write_excel,
    write_parquet,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.report import Report
from genre_tutorial.data.tables import read_films

QUICK = settings(  # a busy machine makes examples slowly
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
HEADINGS = st.sampled_from([str, str.upper, str.title, lambda name: f" {name} "])


def read(name, content):
    """Films and report of a file with this name and content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        report = Report(name)
        return read_films(path, report), report


def assert_equal(movies, rows):
    """The films read are those written."""
    assert movies.index.tolist() == [row["id"] for row in rows]
    assert movies["title"].tolist() == [row["title"] for row in rows]
    assert movies["overview"].tolist() == [row["overview"] for row in rows]
    assert movies["genres"].tolist() == [row["genres"] for row in rows]
    days = [None if pd.isna(day) else day.date() for day in movies["release_date"]]
    assert days == [row["day"] for row in rows]


@QUICK
@given(
    films(),
    st.sampled_from(sorted(GENRE_TEXTS)),
    st.sampled_from(sorted(DAY_FORMS)),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    HEADINGS,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["", "gz", "zip"]),
)
def test_csv(rows, genres, days, delimiter, quoting, end, tail, headings, encoding, how):
    more = delimiter if tail else ""
    text = write_csv(table(rows, genres, days), delimiter, quoting, end, more, headings)
    movies, report = read(*packed("films.csv", text.encode(encoding), how))
    assert_equal(movies, rows)
    assert report.places() == []


@QUICK
@given(
    films(),
    st.sampled_from(sorted(GENRE_TEXTS | GENRE_VALUES)),
    st.sampled_from(sorted(DAY_FORMS)),
    st.sampled_from(sorted(JSON_WRITERS)),
    HEADINGS,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["films.json", "films.jsonl", "films.ndjson", "FILMS.JSON"]),
    st.sampled_from(["", "gz", "zip"]),
)
def test_json(rows, genres, days, writer, headings, encoding, name, how):
    written = [
        {headings(key): value for key, value in row.items()} if writer != "under ids" else row
        for row in table(rows, genres, days)
    ]
    content = JSON_WRITERS[writer](written).encode(encoding)
    movies, report = read(*packed(name, content, how))
    assert_equal(movies, rows)
    assert report.places() == []


@settings(QUICK, max_examples=40)
@given(
    films(),
    st.sampled_from([*sorted(GENRE_TEXTS), "list", "objects as they are"]),
    st.sampled_from(sorted(DAY_FORMS)),
)
def test_parquet(rows, genres, days):
    movies, report = read("films.parquet", write_parquet(table(rows, genres, days)))
    assert_equal(movies, rows)
    assert report.places() == []


@pytest.mark.skipif(not importlib.util.find_spec("openpyxl"), reason="openpyxl is not installed")
@settings(QUICK, max_examples=25)
@given(films(), st.sampled_from(sorted(GENRE_TEXTS)), st.sampled_from(sorted(DAY_FORMS)))
def test_excel(rows, genres, days):
    movies, report = read("films.xlsx", write_excel(table(rows, genres, days)))
    assert_equal(movies, rows)
    assert report.places() == []


CELLS = {  # what a cell is replaced by, and what the report says
    ("genres", "['Drama'"): "can't be read; the movie has no genres until it is mended",
    ("genres", '[{"id": 18}, {"id"'): "can't be read; the movie has no genres until it is mended",
    ("genres", "Zorp"): "is not a TMDB genre; kept as it is",
    ("release_date", "soon"): "can't be read; left empty",
    ("release_date", "2001-02-31"): "can't be read; left empty",
    ("release_date", "0001-01-01"): "can't be read; left empty",
}
LOST = {"genres": [], "release_date": pd.NaT}


@QUICK
@given(
    films(least=3),
    st.sampled_from(sorted(CELLS)),
    st.sampled_from(["csv", "jsonl", "json"]),
    st.data(),
)
def test_one_damaged_cell_is_reported_and_nothing_else_lost(rows, damage, ending, data):
    column, value = damage
    place = data.draw(st.integers(0, len(rows) - 1))
    written = table(rows, "bars", "iso")
    written[place][column] = value
    texts = {
        "csv": write_csv,
        "jsonl": JSON_WRITERS["plain lines"],
        "json": JSON_WRITERS["list"],
    }
    movies, report = read(f"films.{ending}", texts[ending](written).encode())
    row = place + (2 if ending == "csv" else 1)
    assert report.lines() == [
        f"films.{ending}, row {row}, column {column!r}: {value!r} {CELLS[damage]}."
    ]
    expected = [dict(film) for film in rows]
    key = "day" if column == "release_date" else column
    lost = None if key == "day" else []
    expected[place][key] = ["Zorp"] if value == "Zorp" else lost
    assert_equal(movies, expected)


@QUICK
@given(films(least=3), st.sampled_from(["more", "fewer", "no title"]), st.data())
def test_one_damaged_row_of_a_csv_is_reported_and_nothing_else_lost(rows, damage, data):
    place = data.draw(st.integers(0, len(rows) - 1))
    lines = [row.values() for row in table(rows, "bars", "iso")]
    cells = list(lines[place])
    changed = {
        "more": [*cells[:2], "a torn", *cells[2:4], "2001-02-03"],
        "fewer": cells[:3],
        "no title": [cells[0], " ", *cells[2:]],
    }
    lines[place] = changed[damage]
    text = write_csv([dict(enumerate(cells)) for cells in [["id"], *lines]])
    head = "id,title,overview,genres,release_date\n"
    movies, report = read("films.csv", (head + text.split("\n", 2)[2]).encode())
    said = report.lines()
    assert len(said) == 1 and f"row {place + 2}" in said[0], said
    expected = [dict(film) for film in rows]
    if damage == "fewer":
        expected[place] |= {"genres": [], "day": None}
    else:
        del expected[place]
    assert_equal(movies, expected)


@QUICK
@given(films(least=3), st.sampled_from(["17", "null", '"text"', "[1]"]), st.data())
def test_a_line_that_is_no_film_is_reported_and_nothing_else_lost(rows, line, data):
    place = data.draw(st.integers(1, len(rows) - 1))
    lines = [json.dumps(row) for row in table(rows, "list", "iso")]
    lines[place] = line
    movies, report = read("films.jsonl", "\n".join(lines).encode())
    said = report.lines()
    assert len(said) == 1 and f"row {place + 1}" in said[0], said
    assert_equal(movies, rows[:place] + rows[place + 1 :])


@settings(QUICK, max_examples=40)
@given(films(least=2), st.sampled_from(["title", "overview"]), st.data())
def test_a_damaged_byte_or_line_is_named(rows, column, data):
    place = data.draw(st.integers(0, len(rows) - 1))
    written = table(rows, "list", "iso")
    lines = [json.dumps(row).encode() for row in written]
    torn = list(lines)
    torn[place] = torn[place][:-4]
    with pytest.raises(CourseError, match=f"row {place + 1}\\b"):
        read("films.jsonl", b"\n".join(torn))
    written[place] |= {column: "Zorp", "genres": "Drama"}
    text = write_csv(table(rows, "bars", "iso")[:place] + [written[place]])
    broken = text.encode().replace(b"Zorp", b"Z\xffrp")
    with pytest.raises(CourseError, match=f"row {place + 2}, column '{column}'"):
        read("films.csv", broken)
