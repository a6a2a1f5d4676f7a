"""Good tables of invented films, and writers of them in every dialect that we read."""

import csv
import gzip
import io
import json
import zipfile
from datetime import date

import pandas as pd
from hypothesis import strategies as st

from genre_tutorial.data.cells import NO_PLOT, says_nothing
from genre_tutorial.data.genres import GENRES
from genre_tutorial.data.ids import title_key
from genre_tutorial.data.tables import BLANK

LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"], include_characters="\x85\u2028\t\n"
)


def shows(text):
    """Whether a cell holds a text that stays as it is when it is read. (In a file with a torn row
    nobody can tell a backslash before a separator from an escape.)
    """
    bare = text.strip().strip(BLANK)
    return text == bare and bare != "" and text[0] not in "=\ufeff" and text[-1] != "\\"


TITLES = st.text(LETTERS, min_size=1, max_size=20).map(str.strip)
TITLES = TITLES.filter(lambda text: shows(text) and text != r"\N")
PLOTS = st.text(LETTERS, min_size=1, max_size=60).map(str.strip)
PLOTS = PLOTS.filter(lambda text: shows(text) and not says_nothing(text, NO_PLOT))
DATES = st.dates(date(1906, 1, 1), date(2024, 12, 31))  # a spreadsheet counts its days from 1900
# so near to 1970 nobody can tell seconds from milliseconds
DATES = DATES.filter(lambda day: abs(day - date(1970, 1, 1)).days > 90)
CHOSEN = st.lists(st.sampled_from(sorted(GENRES)), min_size=1, max_size=4, unique=True).map(sorted)


@st.composite
def films(draw, least=1, most=7):
    """Rows of a good table: different titles, plots, genres, dates, ids."""
    titles = draw(st.lists(TITLES, min_size=least, max_size=most, unique_by=title_key))
    many = len(titles)
    ids = draw(st.lists(st.integers(1, 10**12), min_size=many, max_size=many, unique=True))
    days = draw(st.lists(st.none() | DATES, min_size=many, max_size=many))
    return [
        {"id": i, "title": title, "overview": draw(PLOTS), "genres": draw(CHOSEN), "day": day}
        for i, title, day in zip(ids, titles, days, strict=True)
    ]


def as_objects(names):
    """As TMDB writes genres."""
    return [{"id": GENRES[name], "name": name} for name in names]


GENRE_TEXTS = {
    "bars": "|".join,
    "commas": ", ".join,
    "semicolons": ";".join,
    "slashes": " / ".join,
    "small": lambda names: ", ".join(names).lower(),
    "json": json.dumps,
    "python": repr,
    "objects": lambda names: json.dumps(as_objects(names)),
    "python objects": lambda names: repr(as_objects(names)),
    "numbers": lambda names: json.dumps([GENRES[name] for name in names]),
    "array": lambda names: "{" + ",".join(f'"{name}"' for name in names) + "}",
}
GENRE_VALUES = {
    "list": list,
    "objects as they are": as_objects,
    "other objects": lambda names: [{"genre": name} for name in names],
    "map": lambda names: {f"/m/{number}": name for number, name in enumerate(names)},
    "answers": lambda names: {name: name in names for name in GENRES},
}


def day_form(text):
    """A writer of dates; missing stays missing."""
    return lambda day: None if day is None else text(day)


def days_since(day):
    """Since 1970."""
    return (day - date(1970, 1, 1)).days


DAY_FORMS = {
    "iso": day_form(date.isoformat),
    "iso time": day_form(lambda day: f"{day}T00:00:00.000Z"),
    "points": day_form(lambda day: f"{day.day}.{day.month}.{day.year}"),
    "strokes": day_form(lambda day: f"{day.month}/{day.day}/{day.year}"),
    "words": day_form(lambda day: f"{day.day} {day:%B} {day.year}"),
    "american": day_form(lambda day: f"{day:%b} {day.day}, {day.year}"),
    "digits": day_form(lambda day: f"{day.year}{day:%m%d}"),
    "seconds": day_form(lambda day: days_since(day) * 86_400),
    "milliseconds": day_form(lambda day: days_since(day) * 86_400_000),
    "serial": day_form(lambda day: days_since(day) + 25_569),
}


def table(rows, genre_form, day_form):
    """The rows as one would hand them to a writer."""
    genres = (GENRE_TEXTS | GENRE_VALUES)[genre_form]
    return [
        {
            "id": row["id"],
            "title": row["title"],
            "overview": row["overview"],
            "genres": genres(row["genres"]),
            "release_date": DAY_FORMS[day_form](row["day"]),
        }
        for row in rows
    ]


def write_csv(rows, delimiter=",", quoting=csv.QUOTE_MINIMAL, end="\n", tail="", headings=str):
    """A CSV in one of its dialects."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=tail + end)
    writer.writerow(map(headings, rows[0]))
    writer.writerows(row.values() for row in rows)
    return text.getvalue()


def write_excel(rows):
    """A workbook."""
    content = io.BytesIO()
    pd.DataFrame(rows, dtype=object).to_excel(content, index=False)
    return content.getvalue()


def write_parquet(rows):
    """A Parquet file."""
    content = io.BytesIO()
    pd.DataFrame(rows).to_parquet(content)
    return content.getvalue()


def under_ids(rows):
    """An object with each film under its id."""
    return {f"{row['id']}": {k: v for k, v in row.items() if k != "id"} for row in rows}


JSON_WRITERS = {
    "list": json.dumps,
    "indented": lambda rows: json.dumps(rows, indent=1, ensure_ascii=False),
    "lines": lambda rows: "\n".join(json.dumps(row) for row in rows),
    "plain lines": lambda rows: "\n".join(json.dumps(row, ensure_ascii=False) for row in rows),
    "results": lambda rows: json.dumps({"page": 1, "results": rows}),
    "columns": lambda rows: json.dumps({name: [row[name] for row in rows] for name in rows[0]}),
    "split": lambda rows: json.dumps(
        {"columns": list(rows[0]), "data": [list(row.values()) for row in rows]}
    ),
    "under ids": lambda rows: json.dumps(under_ids(rows)),
}


def packed(name, content, how):
    """A file's name and content as they are, or packed."""
    if how == "gz":
        return name + ".gz", gzip.compress(content)
    if how == "zip":
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
            archive.writestr("__MACOSX/._" + name, b"none")
        return "films.zip", whole.getvalue()
    return name, content
