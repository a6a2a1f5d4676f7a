"""Files of CMU and IMDb with marks inside of texts, cut lines and a byte-order mark."""

import io
import tarfile

import pytest

from genre_tutorial.sources.cmu import read_cmu
from genre_tutorial.sources.imdb import read_imdb

FACTS = (
    '1\t/m/01\tThe Tin Lighthouse\t1987-03-04\t\t90\t{}\t{}\t{"/m/0": "Horror"}\n'
    '2\t/m/02\tMilk Run\t2004\t\t\t{}\t{}\t{"/m/1": "Comedy"}\n'
)
PLOTS = "1\tA keeper hears a ship.\n2\tTwo cousins race.\n"


def read(folder, facts=FACTS, plots=PLOTS):
    with tarfile.open(folder / "small.tar.gz", "w:gz") as archive:
        for name, text in {"movie.metadata.tsv": facts, "plot_summaries.txt": plots}.items():
            info = tarfile.TarInfo("MovieSummaries/" + name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return read_cmu(folder / "small.tar.gz")[0].set_index("movie_id")


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d"])
def test_a_mark_inside_of_a_text_ends_no_line(tmp_path, mark):
    films = read(
        tmp_path,
        FACTS.replace("Tin ", f"Tin{mark}").replace("\t90", f"\t9{mark}0"),
        PLOTS.replace("keeper ", f"keeper{mark}\t"),
    )
    assert films.loc[1, "title"] == f"The Tin{mark}Lighthouse"
    assert films.loc[1, "overview"] == f"A keeper{mark}\thears a ship."
    assert films["genres"].tolist() == [["Horror"], ["Comedy"]]


def test_lines_may_end_as_in_windows(tmp_path):
    films = read(tmp_path, FACTS.replace("\n", "\r\n"), PLOTS.replace("\n", "\r\n"))
    assert films["overview"].tolist() == ["A keeper hears a ship.", "Two cousins race."]
    assert films["genres"].tolist() == [["Horror"], ["Comedy"]]


@pytest.mark.parametrize(
    "facts, line",
    [
        (FACTS.replace('"Horror"}', '"Horror"'), 1),
        (FACTS.replace('{"/m/1": "Comedy"}', "7"), 2),
        (FACTS[: FACTS.index("Milk")], 2),
    ],
)
def test_a_line_with_no_map_of_genres_or_too_few_columns_costs_itself(
    tmp_path, capsys, facts, line
):
    assert read(tmp_path, facts).index.tolist() == [3 - line]
    assert f"movie.metadata.tsv, line {line}: a damaged line" in capsys.readouterr().out


HEAD = "tconst\ttitleType\tprimaryTitle\tstartYear\tgenres\n"


def test_a_cut_line_of_imdb_is_counted(capsys):
    lines = [HEAD, "tt1\tmovie\tAnchor\t1987\tHorror\n", "tt2\tmovie\tMilk"]
    assert read_imdb(lines).index.tolist() == ["tt1"]
    said = capsys.readouterr().out
    assert "1 row is cut or has no number (first: line 3)" in said


def test_a_byte_order_mark_before_imdbs_headings():
    assert read_imdb(["\ufeff" + HEAD, "tt1\tmovie\tAnchor\t1987\tHorror\n"]).index.tolist() == [
        "tt1"
    ]
