"""Each kind of file that people have and that once went wrong, with its brothers."""

import gzip
import io
import json
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import clean_movies, label_matrix, load_films, load_movies
from genre_tutorial.data.genres import GENRES, genre_list, map_genres
from genre_tutorial.data.partitions import read_partition, write_partitions
from genre_tutorial.data.report import Report
from genre_tutorial.data.tables import tidy
from genre_tutorial.movies import split_movies

PLOTS = {
    "The Tin Lighthouse": "An old keeper hears the horn of a ship that sank years ago.",
    "Milk Run": "Two cousins race a dairy van across three counties, to save a farm.",
    "Old Maps": "A clerk finds a town on a map that nobody drew.",
    "Blue Kiln": "A potter hides a letter in every bowl she sells.",
}
TITLES = list(PLOTS)


def films(**columns):
    """A table of the four films with further columns."""
    given = {"genres": ["Horror", "Comedy", "Mystery", "Drama"]} | columns
    return pd.DataFrame({"title": TITLES, "overview": list(PLOTS.values()), **given})


def loaded(path):
    """(movies, sentences of the report) of a file."""
    films = load_films(path)
    return films.table, films.problems


def tidied(table):
    """(movies, sentences of the report) of a table."""
    report = Report()
    return tidy(table, report=report), report.lines()


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


# --- columns and rows of a CSV --------------------------------------------------------------------

CSV = films().to_csv(index=False)


def with_tail(text, tail, rows):
    """A CSV with something more at the end of some rows; row 1 holds the headings."""
    lines = text.splitlines()
    return "\n".join(line + tail * (row in rows) for row, line in enumerate(lines, 1)) + "\n"


@pytest.mark.parametrize("rows", [{2, 3, 4, 5}, {2}, {4}, {1, 2, 3, 4, 5}, {1}, {2, 5}])
@pytest.mark.parametrize("tail", [",", ",,,", ", "])
def test_a_comma_at_a_rows_end_moves_nothing(tmp_path, tail, rows):
    movies, found = loaded(write(tmp_path, "films.csv", with_tail(CSV, tail, rows)))
    assert movies["title"].tolist() == TITLES
    assert movies["overview"].tolist() == list(PLOTS.values())
    assert movies["genres"].tolist() == [["Horror"], ["Comedy"], ["Mystery"], ["Drama"]]
    said = [line for line in found if "empty cell" in line]
    assert len(said) == (1 not in rows)


def test_row_names_without_a_heading_as_r_writes_them(tmp_path):
    lines = CSV.splitlines()
    named = [lines[0], *(f'"{row}",{line}' for row, line in enumerate(lines[1:], 1))]
    movies, found = loaded(write(tmp_path, "films.csv", "\n".join(named)))
    assert movies["title"].tolist() == TITLES and "begin with their numbers" in found[0]


def test_an_index_that_pandas_wrote_is_a_column(tmp_path):
    movies, found = loaded(write(tmp_path, "films.csv", films().to_csv()))
    assert movies["title"].tolist() == TITLES and found == []


def test_a_row_with_too_many_cells_is_named_and_the_others_stay(tmp_path):
    torn = CSV.replace('"Two cousins', "Two cousins").replace('farm."', "farm.")
    movies, found = loaded(write(tmp_path, "films.csv", torn))
    assert movies["title"].tolist() == [TITLES[0], *TITLES[2:]]
    assert "row 3: 'Milk Run' begins a row of 4 cells for 3 headings" in found[0]


def test_a_table_whose_rows_mostly_do_not_fit_is_an_error(tmp_path):
    torn = films(overview="One, two, three.").to_csv(index=False).replace('"', "")
    with pytest.raises(CourseError, match="4 of 4 rows have more cells than the 3 headings"):
        load_movies(write(tmp_path, "films.csv", torn))


def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path):
    torn = CSV.replace("Old Maps,", '"Old Maps,')
    with pytest.raises(CourseError, match="opened in row 4 is never closed"):
        load_movies(write(tmp_path, "films.csv", torn))


@pytest.mark.parametrize(
    "text",
    [
        CSV.replace(",", ";").replace("counties; to", "counties, to"),
        "sep=;\n" + CSV.replace(",", ";").replace("counties; to", "counties, to"),
        CSV.replace(",", "\t").replace("counties\t to", "counties, to"),
        CSV.replace("title,overview,genres", "TITLE, Over-View ,Genre").replace("-", ""),
        CSV.replace("title,overview,genres", "Movie Title,Plot Summary,Listed In"),
        CSV.replace(",", ", ").replace("counties,  to", "counties, to"),
        CSV.replace("\n", "\r\n"),
        CSV.replace("\n", "\r"),
        "\ufeff" + CSV,
        "\n\n" + CSV.replace("\n", "\n\n"),
        CSV.replace("genres", "genres,"),
    ],
)
def test_dialects_of_csv(tmp_path, text):
    movies = load_movies(write(tmp_path, "Films.CSV", text))
    assert movies["title"].tolist() == TITLES
    assert movies["overview"].tolist() == list(PLOTS.values())
    assert movies["genres"].tolist() == [["Horror"], ["Comedy"], ["Mystery"], ["Drama"]]


def test_titles_that_pandas_takes_for_nothing_are_titles(tmp_path):
    names = ["Null", "None", "NA", "N/A"]
    for ending in ("csv", "jsonl"):
        path = tmp_path / f"films.{ending}"
        table = films(title=names)
        if ending == "csv":
            table.to_csv(path, index=False)
        else:
            table.to_json(path, orient="records", lines=True)
        assert load_movies(path)["title"].tolist() == names


def test_words_for_no_plot_are_no_plot():
    movies, found = tidied(films(overview=["N/A", r"\N", "No overview found.", "A real one."]))
    assert movies["overview"].isna().tolist() == [True, True, True, False]
    assert "3 plots only say that there is none" in found[0]


# --- columns --------------------------------------------------------------------------------------


def test_two_columns_for_one_name(tmp_path):
    table = films(id=[5, 6, 7, 8], tmdb_id=[1, 2, 3, 4]).rename(columns={"genres": "genre_ids"})
    movies, found = tidied(table.assign(tmdb_genres=["War", None, "Crime", "Music"]))
    assert movies.index.tolist() == [5, 6, 7, 8]
    assert movies["genres"].tolist() == [["War"], ["Comedy"], ["Crime"], ["Music"]]
    assert found == [
        "table: columns 'id', 'tmdb_id' can all be 'movie_id'; 'id' is.",
        "table: columns 'tmdb_genres' and 'genre_ids' can both be 'genres'; 'tmdb_genres' is used, "
        "and 'genre_ids' in the 1 row where it is empty.",
    ]


@pytest.mark.parametrize("empty", ["", None, np.nan, "N/A"])
def test_an_empty_overview_beside_a_filled_plot(empty):
    movies, found = tidied(films(overview=empty, plot=list(PLOTS.values())))
    assert movies["overview"].tolist() == list(PLOTS.values())
    assert "'plot' in the 4 rows where it is empty" in found[0]


def test_one_heading_twice(tmp_path):
    text = "title,overview,genres,genres\nA,x,Drama,War\n"
    movies, found = loaded(write(tmp_path, "films.csv", text))
    assert movies["genres"].tolist() == [["Drama"]]
    assert "two columns are called 'genres'" in found[0]


@pytest.mark.parametrize("yes, no", [(1, 0), (True, False), ("yes", "no"), ("x", ""), (1.0, None)])
@pytest.mark.parametrize("heading", ["{}", "genre_{}", "is {}"])
def test_a_column_for_each_genre(yes, no, heading):
    columns = {heading.format(name): no for name in ("Drama", "Sci-Fi", "war")}
    table = films(**columns).drop(columns="genres").astype(object)
    table.loc[0, heading.format("Drama")] = yes
    table.loc[1, [heading.format("Drama"), heading.format("Sci-Fi")]] = yes
    movies, found = tidied(table)
    assert movies["genres"].tolist() == [["Drama"], ["Drama", "Science Fiction"], [], []]
    assert "3 columns with yes or no" in found[0]


def test_a_column_for_the_first_genre_and_one_for_the_second():
    table = films(genre_1="Drama", genre_2=["War", None, "", "comedy"]).drop(columns="genres")
    assert tidy(table)["genres"].tolist() == [
        ["Drama", "War"],
        ["Drama"],
        ["Drama"],
        ["Comedy", "Drama"],
    ]


def test_every_missing_column_is_named_at_once():
    with pytest.raises(CourseError, match="no column 'overview' and no column 'genres'"):
        tidy(pd.DataFrame({"title": ["A"]}))


# --- genres ---------------------------------------------------------------------------------------

FORMS = [
    27,
    27.0,
    "27",
    "27.0",
    np.int64(27),
    [27],
    np.array([27]),
    (27,),
    {27},
    {"id": 27, "name": "Horror"},
    {"genre": "Horror"},
    {"label": "Horror"},
    [{"genre": "Horror"}],
    {"/m/00": "Horror"},
    {"Horror": True, "Drama": False},
    {"genres": [{"id": 27}]},
    '{"/m/00": "Horror"}',
    "['Horror']",
    "[{'id': 27, 'name': 'Horror'}]",
    "{'Horror'}",
    "('Horror',)",
    "{Horror}",
    '{"Horror"}',
    "[Horror]",
    "['Horror' 'Horror']",
    '"Horror"',
    " horror ",
    "HORROR",
    "Horrors",
    "Horror;",
    "Horror, horror",
]


@pytest.mark.parametrize("cell", FORMS, ids=repr)
def test_one_genre_in_any_form(cell):
    assert genre_list(cell) == ["Horror"]


@pytest.mark.parametrize(
    "cell",
    ["['Horror'", '["Horror"', "[{'id': 27", 27.5, float("inf"), True, {"a": {"b": 1}}, {"x": 7}],
    ids=repr,
)
def test_what_names_no_genre_is_reported(cell):
    movies, found = tidied(films(genres=pd.Series([cell, "War", "War", "War"], dtype=object)))
    assert movies["genres"].tolist()[0] == [] and len(found) == 1
    assert "row 1, column 'genres'" in found[0] and "can't be read" in found[0]


WORDS = ["(no genres listed)", "N/A", r"\N", "unknown", "none", "", "null", "nan", None, np.nan]


@pytest.mark.parametrize("cell", [*WORDS, "[]", "['N/A']", ["none"], {}, [None]], ids=repr)
def test_words_for_no_genre(cell):
    assert genre_list(cell) == []
    if isinstance(cell, str) and "[" not in cell:
        assert map_genres([cell]) == ([], [])


SPELLINGS = {
    "drama": "Drama",
    "sci-fi": "Science Fiction",
    "SciFi": "Science Fiction",
    "Science-Fiction": "Science Fiction",
    "science_fiction": "Science Fiction",
    "Dramas": "Drama",
    "Comedies": "Comedy",
    "Documentaries": "Documentary",
    "Musicals": "Music",
    "Musical": "Music",
    "tv movie": "TV Movie",
    "Children's": "Family",
    "Thrillers": "Thriller",
    "Mysteries": "Mystery",
    "foreign": "Foreign",
}


@pytest.mark.parametrize("word, name", SPELLINGS.items())
def test_one_vocabulary_for_tables_and_sources(word, name):
    assert genre_list(word) == [name]
    if name in GENRES:
        assert map_genres([word]) == ([name], [])


@pytest.mark.parametrize("between", [";", " / ", "/", " & ", ", ", "|", " and ", "\n", " ; ", "; "])
def test_two_genres_with_anything_between(between):
    assert genre_list(f"comedy{between}Drama") == ["Comedy", "Drama"]
    assert genre_list([f"comedy{between}Drama"]) == ["Comedy", "Drama"]


def test_labels_of_netflix():
    labels = "Dramas, International Movies, Sci-Fi & Fantasy, Children & Family Movies"
    assert genre_list(labels) == [
        "Drama",
        "Family",
        "Fantasy",
        "International Movies",
        "Science Fiction",
    ]


def test_a_genre_beside_an_unknown_word_is_read_and_the_word_is_reported():
    cells = ["War/Zorble", "Drama & Zorble", "Horror", "Comedy"]
    movies, found = tidied(films(genres=cells))
    assert movies["genres"].tolist() == [["War", "Zorble"], ["Drama"], ["Horror"], ["Comedy"]]
    assert len(found) == 2
    assert any("row 1, column 'genres': 'Zorble' is not a TMDB genre" in line for line in found)
    assert any("1 label contains a genre" in line and "Drama & Zorble" in line for line in found)


def test_an_unknown_genre_has_one_spelling():
    movies = tidy(films(genres=["Noir", "noir", "NOIR", "Drama"]))
    assert list(label_matrix(movies)) == ["Drama", "Noir"]


def test_a_text_of_genres_never_falls_into_letters(tmp_path):
    raw = pd.DataFrame({"genres": ["Drama|War", "Drama"]}, index=pd.Index([1, 2], name="movie_id"))
    assert list(label_matrix(raw)) == ["Drama", "War"]
    assert list(label_matrix(raw, "War")) == ["War"]
    assert map_genres("Drama") == (["Drama"], [])
    [path] = write_partitions(raw, tmp_path)
    assert read_partition(path)["genres"].tolist() == [["Drama", "War"], ["Drama"]]


# --- ids ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ids, kept",
    [
        (["tt01", "tt02", "tt03", "tt04"], ["tt01", "tt02", "tt03", "tt04"]),
        ([{"$oid": f"5a0{n}"} for n in range(4)], ["5a00", "5a01", "5a02", "5a03"]),
        ([0.5, float("inf"), 10**30, "x"], ["0.5", "inf", str(10**30), "x"]),
    ],
)
def test_ids_that_are_no_whole_numbers_are_numbered(ids, kept):
    movies, found = tidied(films(id=pd.Series(ids, dtype=object)))
    assert movies.index.tolist() == [1, 2, 3, 4] and movies["text_id"].tolist() == kept
    assert "4 ids are no whole numbers; numbered" in found[0]


@pytest.mark.parametrize("ids", [[7, 5, 9, 8], [7.0, 5.0, 9.0, 8.0], ["7", "5.0", " 9", "+8"]])
def test_whole_numbers_in_any_form(ids):
    movies, found = tidied(films(_id=ids).rename(columns={"_id": "id"}))
    assert movies.index.tolist() == [7, 5, 9, 8] and found == []


def test_a_large_id_beside_a_missing_one_stays_whole(tmp_path):
    large = 2**60 + 1
    rows = films().to_dict("records")
    rows[0]["id"], rows[2]["id"] = large, {"$numberLong": "12"}
    for name, text in {
        "films.json": json.dumps(rows),
        "films.csv": films(id=[str(large), "", "12", ""]).to_csv(index=False),
    }.items():
        movies = load_movies(write(tmp_path, name, text))
        assert movies.index.tolist() == [large, large + 1, 12, large + 2]


# --- the same film again --------------------------------------------------------------------------


def repeated(**columns):
    """The four films, and the first two again."""
    return pd.concat([films(), films(genres="War").head(2)], ignore_index=True).assign(**columns)


def test_a_film_listed_again_without_an_id_is_merged():
    movies, found = tidied(repeated())
    assert movies["genres"].tolist() == [
        ["Horror", "War"],
        ["Comedy", "War"],
        ["Mystery"],
        ["Drama"],
    ]
    assert "2 rows repeat a film by title and year" in found[0]
    many = pd.concat([repeated()] * 5, ignore_index=True)
    train, test = split_movies(clean_movies(tidy(many)), 0.5)
    assert not set(train["title"]) & set(test["title"])


def test_title_and_year_are_enough_and_capitals_do_not_count():
    again = repeated(year=[1987, 2004, 1941, 1995, 1987, 2004])
    again.loc[4, ["title", "overview"]] = ["THE TIN  LIGHTHOUSE!", "Another plot."]
    movies, found = tidied(again)
    assert len(movies) == 4 and movies.iloc[0]["overview"] == list(PLOTS.values())[0]
    assert "1 of them has another plot" in found[1]


@pytest.mark.parametrize(
    "other",
    [
        {"year": [1987, 2004, 1941, 1995, 1988, 2005]},
        {"director": ["A", "B", "C", "D", "E", "F"]},
    ],
)
def test_a_remake_is_another_film(other):
    assert len(tidy(repeated(**other))) == 6


def test_ids_are_believed_but_for_the_very_same_plot():
    plots = [*PLOTS.values(), "Another one.", PLOTS["Milk Run"]]
    movies = tidy(repeated(id=[1, 2, 3, 4, 5, 6], year=2000, overview=plots))
    assert movies.index.tolist() == [1, 2, 3, 4, 5]


def test_a_row_without_an_id_joins_the_film_that_has_one():
    movies = tidy(repeated(id=[11, 12, 13, 14, None, None]))
    assert movies.index.tolist() == [11, 12, 13, 14]


# --- dates ----------------------------------------------------------------------------------------


def dates(*cells):
    """Dates as text, years, and what was said, of up to four films."""
    movies, found = tidied(
        films().head(len(cells)).assign(release_date=pd.Series(cells, dtype=object))
    )
    days = movies["release_date"].dt.strftime("%Y-%m-%d").fillna("").tolist()
    return days, movies["year"].fillna(0).tolist(), found


YEARS = [1987, 2004, 1941, 1995]
STAMPS = [541814400, 1083801600, -905990400, 818467200]


@pytest.mark.parametrize(
    "cells",
    [
        YEARS,
        [float(year) for year in YEARS],
        [f"{year}" for year in YEARS],
        [f"({year})" for year in YEARS],
        STAMPS,
        [stamp * 1000 for stamp in STAMPS],
        [stamp * 10**6 for stamp in STAMPS],
        [stamp * 10**9 for stamp in STAMPS],
        [f"{stamp}.0" for stamp in STAMPS],
        [{"$date": stamp * 1000} for stamp in STAMPS],
        [19870304, 20040506, 19410417, 19951209],
        [31840, 38113, 15083, 35042],
        [f"{year}-02" for year in YEARS],
        [f"{year}-02-03T04:05:06Z" for year in YEARS],
        ["4/3/87", "5/6/04", "17/4/41", "9/12/95"],
        ["4-Mar-87", "6 May 04", "17 Apr '41", "Dec 1995"],
    ],
    ids=repr,
)
def test_years_of_dates_in_any_form(cells):
    assert dates(*cells)[1] == YEARS


def test_two_digits_are_never_a_year_long_before_it_comes():
    """Next year's films may be announced; later ones are of the century before."""
    this = date.today().year
    short = [f"{(this + ahead) % 100:02d}" for ahead in (0, 1, 2, 5)]
    movies, _ = tidied(films(year=pd.Series(short, dtype=object)))
    assert movies["year"].tolist() == [this, this + 1, this - 98, this - 95]


@pytest.mark.parametrize(
    "cells, days, said",
    [
        (["3/4/1987", "25/12/1994"], ["1987-04-03", "1994-12-25"], "the day stands first (as"),
        (["3/4/1987", "12/25/1994"], ["1987-03-04", "1994-12-25"], "the month stands first (as"),
        (["3/4/1987", "9/12/1995"], ["1987-03-04", "1995-09-12"], "the month stands first (ass"),
        (["3.4.1987", "9.12.1995"], ["1987-04-03", "1995-12-09"], "the day stands first (ass"),
        (["3/4/1987", "1899-05-06"], ["1987-03-04", "1899-05-06"], "the month stands first (ass"),
        (["2001-04-03", "25/12/1994"], ["2001-04-03", "1994-12-25"], None),
        (["12/25/1994", "25/12/1994"], ["1994-12-25", "1994-12-25"], None),
        (["3/4/1987", "12/5/1994"], ["1987-03-04", "1994-12-05"], "the month stands first (ass"),
        (["3/4/1987", "12/13/1994"], ["1987-03-04", "1994-12-13"], "the month stands first (as"),
    ],
)
def test_day_or_month_first_is_decided_by_the_column_and_said(cells, days, said):
    found, _, lines = dates(*cells)
    assert found == days and len(lines) == (said is not None)
    assert said is None or said in lines[0]


@pytest.mark.parametrize(
    "cell", ["soon", "31/2/2001", "2001-13-01", "32.1.2001", "99999", "Mai 99x"]
)
def test_a_date_that_is_none_is_reported_and_the_others_are_read(cell):
    days, years, lines = dates("2001-02-03", cell, "2004-05-06")
    assert days == ["2001-02-03", "", "2004-05-06"] and years == [2001, 0, 2004]
    assert lines == [f"table, row 2, column 'release_date': {cell!r} can't be read; left empty."]


def test_timestamps_with_and_without_a_zone():
    stamps = pd.to_datetime(["1987-03-04", "2004-05-06", None, "1995-12-09"])
    for cells in (stamps, stamps.tz_localize("UTC"), stamps.date):
        movies = tidy(films(release_date=cells))
        assert movies["year"].fillna(0).tolist() == [1987, 2004, 0, 1995]


@pytest.mark.parametrize(
    "cells, years, many",
    [
        (["(1994)", "1994–1998", "I 1994", "1994-10-14"], [1994] * 4, 0),
        ([87, 4, 41, 95], [1987, 2004, 1941, 1995], 1),
        (["87", "04", "41", "95"], [1987, 2004, 1941, 1995], 1),
        ([1987, 987, 0, 19877], [1987, 0, 0, 0], 3),
        (["PG", "1987", r"\N", None], [0, 1987, 0, 0], 1),
    ],
)
def test_years_in_any_form(cells, years, many):
    movies, found = tidied(films(year=pd.Series(cells, dtype=object)))
    assert movies["year"].fillna(0).tolist() == years
    assert len(found) == many


# --- kinds of files -------------------------------------------------------------------------------

ROWS = films(genres=[["Horror", "Mystery"], ["Comedy"], ["Mystery"], ["Drama"]]).to_dict("records")
LINES = "\n".join(map(json.dumps, ROWS))


@pytest.mark.parametrize(
    "name, text",
    [
        ("films.json", LINES),
        ("films.jsonl", json.dumps(ROWS)),
        ("films.jsonl", json.dumps(ROWS, indent=1)),
        ("films.ndjson", LINES + "\nnull\n"),
        ("films.json", json.dumps({"page": 1, "results": ROWS})),
        ("films.json", json.dumps([{"results": ROWS[:2]}, {"results": ROWS[2:]}])),
        ("films.json", pd.DataFrame(ROWS).to_json()),
        ("films.json", pd.DataFrame(ROWS).to_json(orient="split")),
        ("films.json", pd.DataFrame(ROWS).to_json(orient="table")),
        ("films.json", pd.DataFrame(ROWS).to_json(orient="index")),
        ("films.json", "\ufeff" + json.dumps(ROWS)),
        ("films.JSONL", "\ufeff" + LINES),
    ],
)
def test_flavours_of_json(tmp_path, name, text):
    movies = load_movies(write(tmp_path, name, text))
    assert movies["title"].tolist() == TITLES
    assert movies["genres"].tolist() == [row["genres"] for row in ROWS]


@pytest.mark.parametrize("name", ["one.json", "one.jsonl"])
def test_one_film_is_one_film(tmp_path, name):
    movies = load_movies(write(tmp_path, name, json.dumps(ROWS[0], indent=1)))
    assert movies["genres"].tolist() == [["Horror", "Mystery"]]


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x0b", "\x1c"])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "json"])
def test_marks_inside_of_a_plot_cut_nothing(tmp_path, ending, mark):
    plot = f"one{mark}two {mark} three"
    table = films(overview=plot)
    text = {
        "csv": table.to_csv(index=False),
        "tsv": table.to_csv(index=False, sep="\t"),
        "jsonl": "\n".join(json.dumps(r, ensure_ascii=False) for r in table.to_dict("records")),
        "json": json.dumps(table.to_dict("records"), ensure_ascii=False),
    }[ending]
    movies = load_movies(write(tmp_path, f"films.{ending}", text))
    assert movies["overview"].tolist() == [plot] * 4


def in_zip(**files):
    """A zip with these files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return whole.getvalue()


@pytest.mark.parametrize(
    "name, content",
    [
        ("films.csv.gz", gzip.compress(CSV.encode())),
        ("films.CSV.GZ", gzip.compress(CSV.encode())),
        ("films.csv", gzip.compress(CSV.encode())),
        ("films.csv", in_zip(films_csv=CSV)),
        ("films.zip", in_zip(films_csv=CSV)),
        ("films.zip", in_zip(films_csv_gz=gzip.compress(CSV.encode()))),
        ("films.ZIP", in_zip(FILMS_CSV=CSV, readme_txt="x")),
        ("films.jsonl.gz", gzip.compress(LINES.encode())),
    ],
)
def test_packed_files(tmp_path, name, content):
    assert load_movies(write(tmp_path, name, content))["title"].tolist() == TITLES


def patched_zip(flag=0, method=8):
    """A zip whose entry claims to be encrypted, or packed by another method."""
    content = bytearray(in_zip(films_csv=CSV))
    central = content.index(b"PK\x01\x02")
    for flags, methods in ((6, 8), (central + 8, central + 10)):
        content[flags] |= flag
        content[methods] = method
    return bytes(content)


@pytest.mark.parametrize(
    "name, content, reason",
    [
        ("films.zip", patched_zip(flag=1), "locked with a password"),
        ("films.zip", patched_zip(method=9), "can't unpack, such as Deflate64"),
        ("films.zip", in_zip(films_csv=CSV)[:80], "can't be read as a table"),
        ("films.zip", in_zip(a_csv=CSV, b_csv=CSV), r"holds 2 \(a.csv, b.csv\)"),
        ("films.zip", in_zip(readme_txt="x"), "holds 0"),
        ("films.csv.gz", gzip.compress(CSV.encode())[:60], "can't be read as a table"),
        ("films.csv.gz", b"no gzip", "can't be read as a table"),
        ("films.tar.gz", gzip.compress(b"x"), r"ends in '.tar'"),
        ("films.xls", b"x", r"ends in '.xls'; the course reads .*\.xlsx"),
        ("films.json", b"[{", "can't be read as a table"),
        ("films.json", b"7", "no table"),
    ],
)
def test_a_file_that_can_not_be_read_is_one_sentence(tmp_path, name, content, reason):
    with pytest.raises(CourseError, match=reason) as caught:
        load_movies(write(tmp_path, name, content))
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_a_corrupt_byte_inside_of_a_zip(tmp_path):
    content = bytearray(in_zip(films_csv=CSV))
    content[60] ^= 0xFF
    with pytest.raises(CourseError, match="can't be read as a table"):
        load_movies(write(tmp_path, "films.zip", bytes(content)))


ACCENTS = CSV.replace("Old", "Élodie’s").replace("Milk", "Café").replace("Blue", "Naïve – blue")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig"])
def test_encodings_that_are_unmistakable_are_read_and_said(tmp_path, encoding):
    movies, found = loaded(write(tmp_path, "films.csv", ACCENTS.encode(encoding)))
    assert movies["title"].tolist() == [TITLES[0], "Café Run", "Élodie’s Maps", "Naïve – blue Kiln"]
    assert len(found) == (encoding != "utf-8-sig")


@pytest.mark.parametrize(
    "content, place",
    [
        (CSV.replace("Milk", "Café").encode("latin-1"), "row 3, column 'title'"),
        (CSV.replace("Milk", "Кофе").encode("cp1251"), "row 3, column 'title'"),
        (ACCENTS.encode("mac-roman"), "row 3, column 'title'"),
        (ACCENTS.encode("utf-8").replace("Café".encode(), b"Caf\xe9"), "row 3, column 'title'"),
    ],
)
def test_other_encodings_are_named_by_row_and_column(tmp_path, content, place):
    with pytest.raises(CourseError, match=place):
        load_movies(write(tmp_path, "films.csv", content))


def test_excel(tmp_path):
    pytest.importorskip("openpyxl")
    table = films(release_date=pd.to_datetime(["1987-03-04", None, "1941-04-17", "1995-12-09"]))
    with pd.ExcelWriter(tmp_path / "films.xlsx") as book:
        pd.DataFrame({"about": ["x"]}).to_excel(book, sheet_name="notes", index=False)
        table.to_excel(book, sheet_name="films", index=False)
    movies, found = loaded(tmp_path / "films.xlsx")
    assert movies["title"].tolist() == TITLES
    assert movies["year"].fillna(0).tolist() == [1987, 0, 1941, 1995]
    assert "the sheet 'films' is read" in found[0]


def test_excel_without_its_package_says_what_to_install(tmp_path, monkeypatch):
    def missing(*args, **options):
        raise ImportError("no openpyxl")

    monkeypatch.setattr(pd, "read_excel", missing)
    with pytest.raises(CourseError, match=r'\.xlsx, install openpyxl: pip install "genre-tutorial'):
        load_movies(write(tmp_path, "films.xlsx", b"PK"))


def test_a_parquet_index_with_a_name_is_a_column(tmp_path):
    films(movie_id=[7, 5, 9, 8]).set_index("movie_id").to_parquet(tmp_path / "films.parquet")
    assert load_movies(tmp_path / "films.parquet").index.tolist() == [7, 5, 9, 8]


def test_nine_thousand_repairs_are_one_sentence(tmp_path):
    many = pd.DataFrame(
        {
            "title": [f"Film {n}" for n in range(9_400)],
            "overview": [f"Plot {n}" for n in range(9_400)],
            "genres": "['Drama']",
            "release_date": ["2001-02-03"] * 9_300 + ["soon"] * 100,
        }
    )
    many.to_csv(tmp_path / "films.csv", index=False)
    assert load_films(tmp_path / "films.csv").problems == [
        "films.csv: 9,400 genre cells were Python lists; read (first: row 2, \"['Drama']\").",
        "films.csv, column 'release_date': 100 cells: can't be read; left empty (first: row 9302, "
        "'soon').",
    ]


@pytest.mark.parametrize("ending", [".json", ".jsonl"])
def test_half_of_a_sign_costs_no_film(ending, tmp_path):
    """Programs that cut texts after so many letters tear emojis; JSON can hold the halves."""
    plot = "A ghost \ud83d haunts a house \udc00, a fox grins \U0001f600 at \\\\ud83d."
    rows = [{"title": title, "overview": plot, "genres": ["Horror"]} for title in TITLES]
    lines = "\n".join(map(json.dumps, rows))
    path = tmp_path / f"films{ending}"
    path.write_text(json.dumps(rows) if ending == ".json" else lines)
    movies, problems = loaded(path)
    mended = plot.replace("\ud83d haunts", "\ufffd haunts").replace("\udc00", "\ufffd")
    assert movies["overview"].tolist() == [mended] * 4
    assert problems == [
        f"{path.name}: 8 halves of signs were replaced by a mark; the text was torn before."
    ]
