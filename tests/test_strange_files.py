"""Files as people have them: more than the table, another kind than the ending says, the films
somewhere inside. Each is read, or told in one sentence; nothing is wrong in silence.
"""

import gzip
import io
import json
import sqlite3
import zipfile

import pandas as pd
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import load_films, load_movies

FILMS = pd.DataFrame(
    {
        "title": ["The Tin Lighthouse", "Milk Run", "Old Maps", "Blue Kiln"],
        "overview": [
            "An old keeper hears the horn of a ship that sank years ago.",
            "Two cousins race a dairy van across three counties, to save a farm.",
            "A clerk finds a town on a map that nobody drew.",
            'A potter hides a "letter" in every bowl she sells.',
        ],
        "genres": ["Horror|Mystery", "Comedy", "Mystery", "Drama|Romance"],
        "year": [1987, 2004, 1941, 1995],
    }
)
CSV = FILMS.to_csv(index=False)
ROWS = FILMS.assign(genres=FILMS["genres"].str.split("|")).to_dict("records")
OBJECTS = [row | {"genres": [{"name": name} for name in row["genres"]]} for row in ROWS]
HEAD, BODY = CSV.split("\n", 1)


def read(folder, name, content):
    """The films of a file with this name and content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_films(path)


def assert_read(films, years=True):
    """The four films, whole."""
    table = films.table
    assert table["title"].tolist() == FILMS["title"].tolist()
    assert table["overview"].tolist() == FILMS["overview"].tolist()
    assert table["genres"].tolist() == [row["genres"] for row in ROWS]
    if years:
        assert table["year"].tolist() == FILMS["year"].tolist()


# --- more in the file than the table --------------------------------------------------------------

ABOVE = {
    "a title": ("My films\n" + CSV, 2),
    "a title with a comma": ("Films, mine\n\n" + CSV, 3),
    "a title with empty cells": ("My films,,,\n" + CSV, 2),
    "remarks": ("# written by a program, version 3\n# title: films\n" + CSV, 3),
    "headings of groups": ("film,film,film,time\n" + CSV, 2),
    "semicolons below a title": ("Films, all of them\n" + FILMS.to_csv(index=False, sep=";"), 2),
}


@pytest.mark.parametrize("name", ABOVE)
def test_what_stands_above_the_headings_is_left_out_and_said(tmp_path, name):
    text, row = ABOVE[name]
    films = read(tmp_path, "films.csv", text)
    assert_read(films)
    assert any(f"above the headings, which are row {row}; left out" in p for p in films.problems)


def test_a_title_above_a_sheet(tmp_path):
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter(tmp_path / "films.xlsx") as book:
        FILMS.to_excel(book, index=False, startrow=2, startcol=1)
        book.sheets["Sheet1"]["A1"] = "All my films"
    films = load_films(tmp_path / "films.xlsx")
    assert_read(films)
    assert "1 row stands above the headings, which are row 3" in films.problems[0]


def test_files_that_were_joined(tmp_path):
    other = BODY.replace("Old", "New").replace("Milk", "Silk").replace("Tin", "Red")
    other = other.replace("Blue", "Green").replace("A ", "One ").replace("a ", "the ")
    films = read(tmp_path, "films.csv", f"{CSV}\ufeff{HEAD}\n{other}")
    assert len(films.table) == 8
    assert not films.table["title"].str.contains("title|\ufeff").any()
    assert any("1 row repeats the headings; left out (first: row 6)" in p for p in films.problems)
    assert any("byte-order marks" in line for line in films.problems)


@pytest.mark.parametrize("line", ["---|---|---|---", "|:--|--:|---|---|", "-----+-----+----+--"])
def test_a_line_of_dashes_below_the_headings(tmp_path, line):
    rows = [" | ".join(map(str, row)) for row in [list(FILMS), *FILMS.assign(genres="War").values]]
    films = read(tmp_path, "films.csv", "\n".join([rows[0], line, *rows[1:]]))
    assert films.table["title"].tolist() == FILMS["title"].tolist()
    assert any("1 row is a line of dashes; left out" in problem for problem in films.problems)


def test_a_copy_that_was_broken_off(tmp_path):
    films = read(tmp_path, "films.csv", CSV.encode() + b"\0" * 512)
    assert_read(films)
    assert "512 zero bytes" in films.problems[0]


# --- other marks ----------------------------------------------------------------------------------


def escaped(rows, mark=",", quote='"'):
    """A CSV with backslashes before the quotation marks inside of texts, as databases write it."""
    lines = [
        mark.join(quote + str(cell).replace(quote, "\\" + quote) + quote for cell in row)
        for row in rows
    ]
    return "\n".join(lines) + "\n"


TABLE = [list(FILMS), *FILMS.to_numpy().tolist()]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_backslashes_before_quotation_marks(tmp_path, mark):
    films = read(tmp_path, "films.csv", escaped(TABLE, mark))
    assert_read(films)
    assert any("follow backslashes; read" in line for line in films.problems)


def test_a_backslash_at_a_texts_end_is_a_backslash(tmp_path):
    text = FILMS.assign(overview="It ends so \\").to_csv(index=False, quoting=1)
    assert set(read(tmp_path, "films.csv", text).table["overview"]) == {"It ends so \\"}


def test_an_export_of_mysql_or_postgresql(tmp_path):
    rows = FILMS.assign(overview="One\\nline \\\\ two", year="\\N").to_numpy().tolist()
    tabs = "\n".join("\t".join(map(str, row)) for row in [list(FILMS), *rows])
    films = read(tmp_path, "films.tsv", tabs)
    assert set(films.table["overview"]) == {"One line \\ two"}
    assert films.table["year"].isna().all() and films.table["genres"].map(len).sum() == 6
    quoted = escaped([list(FILMS), *rows]).replace('"\\N"', "\\N")
    films = read(tmp_path, "films.csv", quoted)
    assert set(films.table["overview"]) == {"One line \\ two"}
    assert films.table["year"].isna().all()


def test_quotation_marks_are_letters_where_tabs_stand_between(tmp_path):
    titles = ['"Milk', 'Run "wild', '"Old" Maps', "Kiln"]
    rows = FILMS.assign(title=titles).to_numpy().tolist()
    text = "\n".join("\t".join(map(str, row)) for row in [list(FILMS), *rows])
    films = read(tmp_path, "films.tsv", text)
    assert films.table["title"].tolist() == titles


@pytest.mark.parametrize("mark", ["^", "~", "\x01"])
def test_other_marks_between_the_cells(tmp_path, mark):
    films = read(tmp_path, "films.csv", FILMS.to_csv(index=False, sep=mark))
    assert_read(films)
    assert "columns are separated by" in films.problems[0]


def test_apostrophes_around_the_cells(tmp_path):
    assert_read(read(tmp_path, "films.csv", FILMS.to_csv(index=False, quotechar="'", quoting=1)))


def test_whole_rows_in_quotation_marks(tmp_path):
    lines = ['"' + line.replace('"', '""') + '"' for line in CSV.splitlines()]
    films = read(tmp_path, "films.csv", "\n".join(lines))
    assert_read(films)
    assert "whole rows stand in quotation marks" in films.problems[0]


def test_formulas_that_keep_a_text(tmp_path):
    cells = FILMS.assign(overview=["A plot.", "Another.", "A third.", "More."], title="007")
    cells["title"] = [f'="00{n}"' for n in range(4)]
    films = read(tmp_path, "films.csv", cells.to_csv(index=False, quoting=3, escapechar=None))
    assert films.table["title"].tolist() == ["000", "001", "002", "003"]
    assert "4 cells were formulas of a text" in films.problems[0]


def with_names(numbers, table=FILMS):
    """A CSV as R writes it: before each row its number, for which there is no heading."""
    head, *rows = table.to_csv(index=False).splitlines()
    return "\n".join([head, *(f'"{n}",{row}' for n, row in zip(numbers, rows, strict=True))])


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4], [3, 12, 7, 40]])
def test_row_names_of_r_also_of_a_part_of_a_table(tmp_path, numbers):
    films = read(tmp_path, "films.csv", with_names(numbers))
    assert_read(films)
    assert "begin with their numbers" in films.problems[0]
    own = with_names(numbers, FILMS.assign(id=[5, 6, 8, 9])[["id", *FILMS]])
    assert read(tmp_path, "films.csv", own).table.index.tolist() == [5, 6, 8, 9]


def test_ids_before_rows_with_a_comma_too_many_are_no_row_names(tmp_path):
    lines = ["id,title,overview,genres"]
    lines += [f"{n},Film {n},A van, a farm,Drama" for n in range(1, 5)]
    with pytest.raises(CourseError, match="4 of 4 rows have more cells than the 4 headings"):
        read(tmp_path, "films.csv", "\n".join(lines))


# --- another kind than the ending says ------------------------------------------------------------


def as_bytes(write):
    """What a writer of pandas writes."""
    content = io.BytesIO()
    write(content)
    return content.getvalue()


LISTS = pd.DataFrame(ROWS)
PARQUET = as_bytes(LISTS.to_parquet)
WRONG = {
    "JSON in .csv": ("films.csv", json.dumps(ROWS), "JSON"),
    "JSON lines in .csv": ("films.csv", "\n".join(map(json.dumps, ROWS)), "JSON"),
    "JSON in .tsv, in UTF-16": ("films.tsv", json.dumps(ROWS).encode("utf-16"), "JSON"),
    "CSV in .json": ("films.json", CSV, "CSV"),
    "CSV in .jsonl": ("films.jsonl", CSV, "CSV"),
    "Parquet in .csv": ("films.csv", PARQUET, "Parquet"),
    "Parquet in .json, packed": ("films.json.gz", gzip.compress(PARQUET), "Parquet"),
}


@pytest.mark.parametrize("name", WRONG)
def test_another_kind_than_the_ending_says_is_read_and_said(tmp_path, name):
    file, content, kind = WRONG[name]
    films = read(tmp_path, file, content)
    assert_read(films)
    assert any(f"but the file holds {kind}; read as that" in line for line in films.problems)


@pytest.mark.parametrize("name", ["films", "films.txt", "films.feather", "films.psv"])
def test_more_endings_and_none(tmp_path, name):
    content = {"films.feather": as_bytes(LISTS.to_feather)}.get(name, CSV.encode())
    films = read(tmp_path, name, content)
    assert_read(films)
    assert films.problems == []


def database():
    """A database of SQLite."""
    with sqlite3.connect(":memory:") as connection:
        FILMS.to_sql("films", connection, index=False)
        return connection.serialize()


STRANGERS = {
    "database": ("films.db", database(), "a database of SQLite; export"),
    "database as csv": ("films.csv", database(), "a database of SQLite; export"),
    "web page": ("films.csv", "<!DOCTYPE html><html>Sign in, please", "a web page or XML"),
    "table of a web page": ("films.csv", FILMS.to_html(index=False), "a web page or XML"),
    "web page as json": ("films.json", "\ufeff\n<HTML>Too many requests", "a web page or XML"),
    "old workbook": ("films.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "save it as .xlsx"),
    "locked workbook": ("films.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 99, "locked with a password"),
    "zstd": ("films.csv.zst", b"\x28\xb5\x2f\xfd..", "packed with zstd; unpack it"),
    "7z": ("films.7z", b"7z\xbc\xaf\x27\x1c..", "an archive that is no .zip"),
    "pointer": ("films.csv", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "PDF": ("films.csv", b"%PDF-1.7 ..", "a PDF, no table"),
    "nothing": ("films.csv", b"", "is empty"),
    "blanks": ("films.json", b"\n \n", "is empty"),
    "headings only": ("films.csv", HEAD, "holds no rows"),
    "no film in an answer": ("films.json", '{"page": 1, "results": []}', "holds no rows"),
    "an answer that is an error": ("films.json", '{"status_message": "no key"}', "no column"),
    "another mark": ("films.csv", CSV.replace(",", "::"), "put commas between its columns"),
    "rows without names": ("films.json", '[["A", "B"]]', "its rows have no names"),
    "printed by Python": ("films.json", repr(ROWS), "Python printed it"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_table_of_films_is_told_in_one_sentence(tmp_path, name):
    file, content, reason = STRANGERS[name]
    with pytest.raises(CourseError) as caught:
        read(tmp_path, file, content)
    told = str(caught.value)
    assert reason in told and file in told and "\n" not in told and "\0" not in told


def test_a_folder_is_called_a_folder(tmp_path):
    (tmp_path / "films.csv").mkdir()
    (tmp_path / "films").mkdir()
    for name in ("films.csv", "films"):
        with pytest.raises(CourseError, match="is a folder; choose the table in it"):
            load_movies(tmp_path / name)


# --- zips -----------------------------------------------------------------------------------------


def in_zip(files):
    """A zip with these files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


CREDITS = "movie_id,title,cast,crew\n1,Milk Run,[],[]\n"
ZIPS = {
    "films and credits": {"movies.csv": CSV, "credits.csv": CREDITS},
    "films and ratings, in a folder": {"ml/movies.csv": CSV, "ml/ratings.csv": "userId,rating\n"},
    "films in JSON and credits": {"movies.json": json.dumps(ROWS), "credits.csv": CREDITS},
    "a zip in a zip": {"inner.zip": in_zip({"movies.csv": CSV})},
    "a text": {"movies.txt": CSV, "readme.txt": "Some films."},
    "no ending": {"movies": CSV},
}


@pytest.mark.parametrize("name", ZIPS)
def test_the_only_table_with_titles_and_plots_in_a_zip_is_read(tmp_path, name):
    films = read(tmp_path, "films.zip", in_zip(ZIPS[name]))
    assert_read(films)
    several = len(ZIPS[name]) > 1
    assert not several or any("the only one in the zip" in line for line in films.problems)


def test_two_tables_of_films_in_a_zip_are_named(tmp_path):
    with pytest.raises(CourseError, match=r"holds 2 \(a.csv, b.csv\); unpack it and choose"):
        read(tmp_path, "films.zip", in_zip({"a.csv": CSV, "b.csv": CSV}))


# --- films somewhere inside of JSON ---------------------------------------------------------------

INSIDE = {
    "two levels": {"status": "ok", "response": {"movies": ROWS}},
    "an unknown name": {"filme": ROWS},
    "edges and nodes": {"data": {"movies": {"edges": [{"node": row} for row in ROWS]}}},
    "hits": {
        "hits": {"total": 4, "hits": [{"_id": f"x{n}", "_source": r} for n, r in enumerate(ROWS)]}
    },
    "fields": {"records": [{"createdTime": "2024", "fields": row} for row in ROWS]},
    "rows of a viewer": {
        "features": [{"name": "title", "type": "text"}],
        "rows": [{"row_idx": n, "row": row} for n, row in enumerate(ROWS)],
    },
    "properties": {"type": "FeatureCollection", "features": [{"properties": r} for r in ROWS]},
    "under numbers": {"results": {str(n): row for n, row in enumerate(ROWS)}},
    "under titles": {row["title"]: {k: v for k, v in row.items() if k != "title"} for row in ROWS},
    "rows of lists": [list(ROWS[0]), *[list(row.values()) for row in ROWS]],
    "values of SPARQL": {
        "results": {
            "bindings": [
                {key: {"type": "literal", "value": value} for key, value in row.items()}
                for row in ROWS
            ]
        }
    },
    "columns, genres as objects": {key: [row[key] for row in OBJECTS] for key in ROWS[0]},
    "columns by row, genres as objects": {
        key: {str(n): row[key] for n, row in enumerate(OBJECTS)} for key in ROWS[0]
    },
    "a schema beside it": json.loads(pd.DataFrame(ROWS).to_json(orient="table")),
}


@pytest.mark.parametrize("name", INSIDE)
def test_films_somewhere_inside_of_json(tmp_path, name):
    assert_read(read(tmp_path, "films.json", json.dumps(INSIDE[name])))


PAGES = [{"page": 1, "results": ROWS[:2]}, {"page": 2, "results": ROWS[2:]}]
AFTER = {
    "pages, one a line": "\n".join(map(json.dumps, PAGES)),
    "wrapped films, one a line": "\n".join(json.dumps({"movie": row}) for row in ROWS),
    "nothing between": "".join(map(json.dumps, ROWS)),
    "indented": "\n".join(json.dumps(row, indent=2) for row in ROWS),
    "commas between": ",\n".join(map(json.dumps, ROWS)),
}


@pytest.mark.parametrize("name", AFTER)
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_json_values_one_after_another(tmp_path, name, ending):
    assert_read(read(tmp_path, f"films.{ending}", AFTER[name]))


def test_two_lists_of_films_are_said(tmp_path):
    films = read(tmp_path, "films.json", json.dumps({"old": ROWS[:1], "new": ROWS[1:]}))
    assert len(films.table) == 3 and "films stand in 2 lists" in films.problems[0]


# --- columns and cells ----------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["genre2", "genres_2", "Genre 2"])
def test_a_column_genre_and_one_for_the_second(tmp_path, second):
    two = FILMS["genres"].str.split("|", expand=True)
    table = FILMS.drop(columns="genres").assign(**{"genre": two[0], second: two[1]})
    films = read(tmp_path, "films.csv", table.to_csv(index=False))
    assert_read(films)
    assert f"columns 'genre', '{second}' together are read as the genres" in films.problems[0]


@pytest.mark.parametrize("form", ["genres.{}", "genres/{}/name", "genres.{}.name", "genre_{}"])
def test_genres_flattened_into_columns(tmp_path, form):
    two = FILMS["genres"].str.split("|", expand=True)
    columns = {form.format(number): two[number] for number in (0, 1)}
    table = FILMS.drop(columns="genres").assign(**columns)
    assert_read(read(tmp_path, "films.csv", table.to_csv(index=False)))


def test_the_second_column_of_one_heading_fills_the_gaps_of_the_first(tmp_path):
    text = CSV.replace("genres,year", "genres,genres").replace("Comedy,2004", ",Comedy")
    films = read(tmp_path, "films.csv", text.replace(",1987", ",").replace(",1941", ","))
    assert films.table["genres"].tolist()[:3] == [["Horror", "Mystery"], ["Comedy"], ["Mystery"]]
    assert any("'genres.1' in the 1 row where it is empty" in line for line in films.problems)


def test_headings_of_other_programs(tmp_path):
    head = "#Movie Name,Movie Plot,Genre(s),Release-Year"
    assert_read(read(tmp_path, "films.csv", f"{head}\n{BODY}"))


def test_texts_in_objects_and_lists(tmp_path):
    rows = [dict(row) for row in ROWS]
    rows[0]["title"] = {"en": rows[0]["title"], "de": "Der Leuchtturm aus Blech"}
    rows[1]["title"] = [rows[1]["title"], "Milchlauf"]
    rows[2]["overview"] = [{"text": rows[2]["overview"]}, {"text": "Short."}]
    rows[3]["overview"] = {"en": rows[3]["overview"], "de": "Eine Töpferin" * 9}
    films = read(tmp_path, "films.json", json.dumps(rows))
    assert_read(films)
    assert len([line for line in films.problems if "is read (first: row" in line]) == 4


def test_a_plot_of_zeros_is_no_plot(tmp_path):
    films = read(tmp_path, "films.csv", CSV.replace("A clerk finds a town on a map that", "\0\0"))
    assert films.table["overview"].notna().all()
    films = read(tmp_path, "films.jsonl", '{"title": "A", "overview": "\\u0000", "genres": "War"}')
    assert films.table["overview"].isna().all() and "there is none" in films.problems[0]


def test_marks_of_a_web_page_and_letters_read_twice_are_said(tmp_path):
    marked = FILMS.assign(overview="Tom &amp; Jerry&#39;s.<br />")
    marked["overview"] += FILMS["title"]
    films = read(tmp_path, "films.csv", marked.to_csv(index=False))
    assert films.table["overview"].iloc[0].startswith("Tom &amp; Jerry")
    assert "marks of a web page, such as '&amp;': 4 (first: row 2)" in films.problems[0]
    twice = CSV.replace("Old", "Ã‰lodie").replace("Blue", "CafÃ©").replace("Milk", "RÃ¡n")
    assert "look like 'Ã" in read(tmp_path, "films.csv", twice).problems[0]


def test_numbers_as_a_spreadsheet_shows_them(tmp_path):
    table = FILMS.assign(
        id=["1,001", "12", "2,000,003", "7"], year=["1,987", "2,004", "1941", "1995"]
    )
    films = read(tmp_path, "films.csv", table.to_csv(index=False))
    assert_read(films)
    assert films.table.index.tolist() == [1001, 12, 2_000_003, 7]


def test_dates_that_a_database_knows_in_part(tmp_path):
    table = FILMS.drop(columns="year").assign(
        release_date=["1987-00-00", "2004-05-06", "04/1941", "1995-12-09"]
    )
    films = read(tmp_path, "films.csv", table.to_csv(index=False))
    assert_read(films)
    assert films.table["release_date"].dt.month.fillna(0).tolist() == [0, 5, 4, 12]


def test_a_text_id_that_stands_for_two_titles_is_shown(tmp_path):
    table = FILMS.assign(id="1.23E+12")
    with pytest.raises(CourseError, match="'1.23E.12' stands for two different titles"):
        read(tmp_path, "films.csv", table.to_csv(index=False))
