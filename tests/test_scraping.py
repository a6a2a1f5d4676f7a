"""Every source, whole and broken; killed and started again; and the key that must not show."""

import json
import os
import random
import re
import threading
import time
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import faulty
import nbformat
import numpy as np
import pandas as pd
import pytest
import requests
from faulty import GENRES, KEY, always, films, first
from nbclient import NotebookClient
from PIL import Image

from genre_tutorial.apps.cli import main
from genre_tutorial.core import downloads, http
from genre_tutorial.core.http import polite_session
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import load_movies
from genre_tutorial.models.features import poster_features
from genre_tutorial.scraping import compare_genres, fetch_report, is_live
from genre_tutorial.sources import fetch as fetch_module
from genre_tutorial.sources import wikimedia
from genre_tutorial.sources.base import Skipped, practice_redirect
from genre_tutorial.sources.cmu import read_cmu
from genre_tutorial.sources.fetch import fetch_movies
from genre_tutorial.sources.harvest import Harvest, fetch_pages
from genre_tutorial.sources.imdb import read_imdb
from genre_tutorial.sources.pictures import fetch_picture
from genre_tutorial.sources.practice import practice_server, start_practice_server
from genre_tutorial.sources.tmdb import TMDB_NOTICE, Tmdb, date_slices, merge_pages
from genre_tutorial.sources.wikimedia import (
    free_picture,
    plot_section,
    read_wikidata,
    wikidata_query,
)

WILD = ["../../etc/passwd", "a; rm -rf ~", "Face/Off", "CON", "🎬", "x" * 300]
FOLDERS = {"answers", "images"}


@pytest.fixture
def quick(monkeypatch):
    """Short pauses between tries."""
    real = polite_session
    monkeypatch.setattr(
        fetch_module,
        "polite_session",
        lambda **options: real(**options | {"pause": 0.01, "tries": 3, "timeout": 3.0}),
    )


def fetch(folder, source="tmdb", movies=None, fault=None, every=0, **options):
    """Fetch a source from a practice server; returns (file, log)."""
    with practice_server(
        films() if movies is None else movies, GENRES, every=every, fault=fault
    ) as (url, log):
        return fetch_movies(source, folder, server=url, rate=500, **options), log


@pytest.mark.parametrize("source", ["tmdb", "wikipedia", "imdb", "cmu", "practice"])
def test_every_source_gives_a_table_that_loads(tmp_path, source):
    file, _ = fetch(
        tmp_path, source, years=(1980, 1999), limit=60, posters=source != "imdb", every=31
    )
    movies = load_movies(file)
    assert len(movies) == 60 and movies.index.is_unique
    assert sorted(set().union(*movies["genres"])) == sorted(GENRES)
    assert movies["year"].between(1980, 1999).all()
    assert (
        movies["overview"].isna().all()
        if source == "imdb"
        else movies["overview"].str.startswith("Plot number").all()
    )
    assert file.with_name("ATTRIBUTION.txt").read_text().strip()
    record = json.loads(file.with_name("source.json").read_text())
    assert record["name"] == source and record["fetched"] == date.today().isoformat()


def test_a_table_of_the_students_own(tmp_path):
    own = tmp_path / "mine.csv"
    own.write_text(
        "id,title,overview,genres,release_date\n7,Alien,A crew.,Horror,1979-05-25\n8,Heat,A "
        "thief.,Crimee,\n"
    )
    file = fetch_movies(str(own), tmp_path / "out")
    assert load_movies(file)["title"].tolist() == ["Alien", "Heat"]
    assert "Crimee" in pd.read_csv(file.with_name("skipped.csv"))["reason"][0]
    assert load_movies(file)["release_date"].iloc[0] == pd.Timestamp("1979-05-25")


def test_discover_by_genre_and_year_splits_what_is_too_long(tmp_path, monkeypatch):
    file, log = fetch(tmp_path, genres=["Horror"], years=(1985, 1990))
    movies = load_movies(file)
    assert (
        all(g == ["Horror"] for g in movies["genres"]) and movies["year"].between(1985, 1990).all()
    )

    def days(a, b):
        return (b - a).days + 1

    parts = date_slices(days, date(1999, 1, 1), date(2004, 6, 30), limit=90)
    assert parts[0][0] == date(1999, 1, 1) and parts[-1][1] == date(2004, 6, 30)
    assert (
        all(b[0] - a[1] == timedelta(days=1) for a, b in pairwise(parts))
        and max(days(*p) for p in parts) <= 90
    )
    assert date_slices(lambda a, b: 10**6, date(2000, 1, 1), date(2000, 1, 2)) == [
        (date(2000, 1, 1),) * 2,
        (date(2000, 1, 2),) * 2,
    ]


def test_total_pages_above_500_is_cut(tmp_path):
    asked = []

    def page(number):
        asked.append(number)
        return {"results": [], "total_pages": 40_000}

    fetch_pages(page, Harvest(tmp_path), "popular", 600)
    assert max(asked) == 500


@pytest.mark.parametrize(
    "fault",
    [
        faulty.status(429),
        faulty.status(429, Retry_After=0),
        faulty.status(500),
        faulty.status(502),
        faulty.status(503),
        faulty.status(504),
        faulty.reset,
        faulty.half,
    ],
    ids=["429", "429 told", "500", "502", "503", "504", "reset", "half"],
)
def test_passing_faults_cost_nothing(tmp_path, fault, quick):
    whole, _ = fetch(tmp_path / "whole", pages=3)
    shaken, log = fetch(tmp_path / "shaken", pages=3, fault=first(fault))
    assert whole.read_bytes() == shaken.read_bytes() and len(log) > 3
    assert pd.read_csv(shaken.with_name("skipped.csv")).empty


@pytest.mark.parametrize(
    "fault",
    [
        faulty.raw(b"<html>busy</html>"),
        faulty.as_json([1, 2]),
        faulty.as_json({"results": "none"}),
        faulty.status(500),
        faulty.stall(4.0),
        faulty.huge,
    ],
    ids=["html", "list", "wrong shape", "500", "stall", "huge"],
)
def test_a_page_that_never_comes_is_named_and_the_rest_kept(tmp_path, fault, quick):
    file, _ = fetch(tmp_path, pages=3, fault=always(fault, where="page=2"))
    skipped = pd.read_csv(file.with_name("skipped.csv"))
    assert skipped["title"].tolist() == ["popular, page 2"] and len(load_movies(file)) == 40
    mended, log = fetch(tmp_path, pages=3)
    assert len(load_movies(mended)) == 60 and pd.read_csv(mended.with_name("skipped.csv")).empty
    assert len(log) == 1, "only the missing page is asked for"


def test_odd_movies_are_kept_and_gaps_stay_gaps(tmp_path):
    odd = [
        {"id": 1, "title": "Bare"},
        {
            "id": 2,
            "title": "Nulls",
            "poster_path": None,
            "overview": "",
            "release_date": "",
            "genre_ids": [27, 4711],
        },
        {"id": "x"},
        "junk",
        *(
            {
                "id": 10 + i,
                "title": t,
                "overview": "A plot.",
                "genre_ids": [18],
                "poster_path": f"/{10 + i}.jpg",
            }
            for i, t in enumerate(WILD)
        ),
        {"id": 30, "title": ""},
    ]
    page = {"page": 1, "total_pages": 1, "results": odd}
    file, _ = fetch(
        tmp_path / "deep" / "down",
        movies=films(20),
        fault=always(faulty.as_json(page), where="popular"),
        posters=True,
    )
    movies = load_movies(file)
    assert movies["title"].tolist() == ["Bare", "Nulls", *WILD]
    assert (
        movies.loc[1, "genres"] == []
        and movies.loc[2, "genres"] == ["Horror", "Unknown 4711"]
        and movies.loc[[1, 2], "overview"].isna().all()
    )
    skipped = pd.read_csv(file.with_name("skipped.csv"))
    assert (skipped["reason"] == "a row without id or title").sum() == 3
    assert (skipped["reason"] == "the service has no poster for it").sum() == 2
    assert {p.name for p in (tmp_path / "deep" / "down" / "images").iterdir()} == {
        f"{10 + i}.jpg" for i in range(len(WILD))
    }
    assert {p.name for p in tmp_path.iterdir()} == {"deep"}, "no title became a path"


def picture(mode="RGB", size=(30, 40)):
    """A JPEG, as bytes."""
    out = BytesIO()
    noise = (
        np.random.default_rng(0)
        .integers(
            0, 255, (size[1], size[0], len(Image.new(mode, (1, 1)).getbands())), dtype=np.uint8
        )
        .squeeze()
    )
    Image.fromarray(noise, mode=mode).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    "body,good",
    [
        (picture(), True),
        (picture("CMYK"), True),
        (picture("L"), True),
        (b"", False),
        (b"<html>", False),
        (picture()[:-200], False),
        (b"\x89PNG\r\n", False),
    ],
    ids=["rgb", "cmyk", "grey", "empty", "html", "cut", "png head"],
)
def test_a_picture_is_decoded_before_it_is_believed(tmp_path, body, good):
    with practice_server(films(), GENRES, every=0, fault=always(faulty.raw(body))) as (url, _):
        session = polite_session(rate=500)
        if good:
            assert (
                fetch_picture(session, url + "/images/x/1.jpg", tmp_path / "1.jpg").read_bytes()
                == body
            )
        else:
            with pytest.raises(Skipped, match="1.jpg is not a whole picture"):
                fetch_picture(session, url + "/images/x/1.jpg", tmp_path / "1.jpg")
            assert not list(tmp_path.iterdir())


def test_posters_that_fail_are_listed_with_their_reason(tmp_path, quick):
    file, _ = fetch(
        tmp_path, pages=1, posters=True, fault=always(faulty.raw(b"junk"), where="/w342/3.jpg")
    )
    assert load_movies(file)["poster"].isna().sum() == 1
    skipped = pd.read_csv(file.with_name("skipped.csv"))
    assert skipped[["id", "reason"]].values.tolist() == [
        [3, "the picture 3.jpg is not a whole picture"]
    ]


def test_a_full_disk_is_one_sentence_and_nothing_is_lost(tmp_path, monkeypatch):
    room = iter(range(8))
    real = os.replace

    def replace(a, b):
        if next(room, None) is None:
            raise OSError(28, "No space left on device")
        real(a, b)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(CourseError, match="No space left on device.*kept"):
        fetch(tmp_path, pages=3, posters=True)
    monkeypatch.setattr(os, "replace", real)
    kept = len(list(tmp_path.rglob("*.jpg"))) + len(list(tmp_path.rglob("page-*.json")))
    file, log = fetch(tmp_path, pages=3, posters=True)
    assert kept >= 5 and len(log) == 63 - kept and len(load_movies(file)) == 60


def tree(folder):
    """Every file and its content, but the dates."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(Path(folder).rglob("*"))
        if p.is_file() and p.name != "source.json"
    }


SPARQL_NUMBERS = (r'"(\d{4})-01-01', r"LIMIT (\d+)", r"OFFSET (\d+)")


def kept_in(path):
    """The file that keeps the answer to a request."""
    url = urlsplit(path)
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    service = url.path.split("/")[1]
    if service == "wikidata":
        year, limit, offset = (
            int(re.search(pattern, asked["query"])[1]) for pattern in SPARQL_NUMBERS
        )
        return f"answers/films-{limit}/{year}-{offset:05d}.json"
    number = re.findall(r"\d+", asked.get("titles", url.path))[-1]
    return {
        "images": f"images/{number}.jpg",
        "uploads": f"images/{number}.jpg",
        "wikipedia": f"answers/plots/{number}.json",
        "commons": f"answers/pictures/{number}.json",
        "tmdb": f"answers/discover-all-19800101-19991231/page-{int(asked.get('page', 1)):03d}.json",
    }[service]


class InFlight:
    """Knows which answers are on their way; once its allowance is used up, it holds the others
    back, so that a fetch can't run ahead of a test on a busy machine.
    """

    def __init__(self):
        self.paths, self.held, self.guard = [], 0, threading.Condition()
        self.allowance, self.kind = None, None  # no limit, of any kind

    def __call__(self, path, n):
        return self.answer

    def allow(self, answers, kind=None):
        """So many answers from now on, None: all; of one kind, if it is named, and all others."""
        with self.guard:
            self.allowance, self.kind = answers, kind
            self.guard.notify_all()

    def passes(self, path):
        """Whether an answer is neither held back nor counted."""
        return self.allowance is None or self.kind not in (None, kind_of(path))

    def answer(self, handler):
        with self.guard:
            self.paths.append(handler.path)
            counted = not self.passes(handler.path)
            self.held += counted
            self.guard.notify_all()
            self.guard.wait_for(lambda: self.passes(handler.path) or self.allowance > 0, 120)
            self.held -= counted
            if not self.passes(handler.path):
                self.allowance -= 1
        try:
            handler.answer()
        finally:
            with self.guard:
                self.paths.remove(handler.path)
                self.guard.notify_all()

    def wait_until(self, condition):
        with self.guard:
            assert self.guard.wait_for(condition, 120), "nothing moved for two minutes"


def kill_while_it_asks(job, in_flight, answers, kind, more, asking):
    """Kill -9 a process after so many answers of a kind: while it asks for the next one, or else
    at any moment of its work with the last one. Returns the requests that were on their way.
    """
    in_flight.allow(answers, kind)
    job.start()
    in_flight.wait_until(lambda: in_flight.allowance == 0)
    if asking:
        in_flight.wait_until(lambda: in_flight.held)
    time.sleep(more)
    struck, worked = list(in_flight.paths), job.is_alive()
    job.kill()
    job.join()
    assert worked, "the fetch ended before its twenty kills"
    in_flight.allow(None)  # what was held back finds nobody there
    in_flight.wait_until(lambda: not in_flight.paths)
    return struck


def kind_of(path):
    """Whether a request is for a picture, or for a page of anything else."""
    return "picture" if kept_in(path).startswith("images") else "page"


@pytest.mark.parametrize("source", ["tmdb", "wikipedia"])
def test_killed_at_any_moment_and_started_again(tmp_path, source):
    """Twenty random kill -9 points, with requests on their way: the same bytes in the end, and no
    answer that was saved is asked for again.
    """
    processes, chance, torn = get_context("forkserver"), random.Random(0), tmp_path / "torn"
    processes.set_forkserver_preload(["genre_tutorial.scraping", "tmdbsimple", "PIL.Image"])
    in_flight, fell = InFlight(), []
    with practice_server(films(200), GENRES, every=0, fault=in_flight) as (url, log):

        def job(folder):
            return processes.Process(
                target=fetch_movies,
                args=(source, folder),
                kwargs={
                    "server": url,
                    "pages": 10,
                    "years": (1980, 1999),
                    "limit": 75,
                    "posters": True,
                    "rate": 200,
                },
            )

        whole = job(tmp_path / "whole")
        whole.start()
        whole.join()
        kept = {name for name in tree(tmp_path / "whole") if name.startswith(("answers", "images"))}
        assert (
            whole.exitcode == 0
            and {kept_in(path) for _, path in log} == kept
            and len(log) == len(kept)
        ), "each request has its file"
        for number in range(20):
            before, start = tree(torn), len(log)
            # the first ones come among the pages; the last ones among pictures, at any speed
            most, kind = (number, None) if number < 14 else (3, "picture")
            answers, more = chance.randint(0, most), chance.random() * 0.02
            asking = number % 4 > 0  # every fourth falls while it works with an answer
            struck = kill_while_it_asks(job(torn), in_flight, answers, kind, more, asking)
            fell.append({kind_of(path) for path in struck})
            after = tree(torn)
            assert all(
                after.get(name) == content
                for name, content in before.items()
                if not Path(name).name.startswith(".")
            ), "what was saved stays"
            assert not [path for _, path in log[start:] if kept_in(path) in before], (
                "nothing that was saved is asked for again"
            )
        before, start, last = tree(torn), len(log), job(torn)
        last.start()
        last.join()
    assert last.exitcode == 0 and tree(tmp_path / "whole") == tree(torn)
    assert not [path for _, path in log[start:] if kept_in(path) in before]
    assert 5 < len(kept.intersection(before)) < len(kept), "the kills came in the middle"
    counts = {kind: sum(kind in kinds for kinds in fell) for kind in ("page", "picture")}
    print(f"{source}: of 20 kills, {counts} fell while such answers were on their way")
    assert sum(bool(kinds) for kinds in fell) >= 15
    assert counts["page"] >= 1 and counts["picture"] >= 5


def test_no_saved_answer_is_asked_for_twice(tmp_path):
    file, log = fetch(tmp_path, pages=3, posters=True)
    assert len(log) == 63
    file, log = fetch(tmp_path, pages=3, posters=True)
    assert log == []


FAULTS = {
    "401": faulty.status(401),
    "404": faulty.status(404),
    "429": faulty.status(429),
    "500": faulty.status(500),
    "502": faulty.status(502),
    "503": faulty.status(503),
    "504": faulty.status(504),
    "reset": faulty.reset,
    "stall": faulty.stall(4.0),
    "half": faulty.half,
    "html": faulty.raw(b"<html>"),
    "shape": faulty.as_json(["x"]),
    "huge": faulty.huge,
    "elsewhere": faulty.elsewhere,
    "full disk": None,
}


@pytest.fixture
def full_disk(request, monkeypatch):
    """A disk with room for three files, where the fault asks for it."""
    real, room = os.replace, iter(range(3))

    def replace(a, b):
        if next(room, None) is None:
            raise OSError(28, "No space left on device", str(b))
        real(a, b)

    if request.getfixturevalue("fault") == "full disk":
        monkeypatch.setattr(os, "replace", replace)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_key_is_in_nothing_that_is_produced(
    tmp_path, fault, monkeypatch, capfd, caplog, quick, full_disk
):
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    caplog.set_level("DEBUG")
    said = []
    for where in ("popular", "page=2", "3.jpg"):
        try:
            fetch_report(
                fetch(
                    tmp_path / where,
                    movies=films(24),
                    pages=2,
                    posters=True,
                    fault=FAULTS[fault] and always(FAULTS[fault], where=where),
                )[0]
            )
        except CourseError as error:
            chain = error
            while chain is not None:
                said.append(f"{chain!r} {chain}")
                chain = chain.__cause__ or chain.__context__
    out, err = capfd.readouterr()
    produced = [
        *said,
        out,
        err,
        caplog.text,
        *(
            p.read_bytes().decode("utf-8", "replace") + p.name
            for p in tmp_path.rglob("*")
            if p.is_file()
        ),
    ]
    assert not any(KEY in text for text in produced)
    assert said or out


IN_A_NOTEBOOK = """
import logging, os
from genre_tutorial.core.http import polite_session
from genre_tutorial.scraping import fetch_report
from genre_tutorial.sources import fetch
from genre_tutorial.sources.base import practice_redirect
from genre_tutorial.sources.tmdb import Tmdb, credentials
logging.basicConfig(level="DEBUG")
redirect = practice_redirect({url!r})
session = polite_session(rate=500, tries=2, timeout=0.5, pause=0.01, redirect=redirect)
fetch.polite_session = lambda **options: session
if {full}:
    def no_room(a, b):
        raise OSError(28, "No space left on device", str(b))
    os.replace = no_room
display(client := Tmdb(session, *credentials()), session, session.headers)
"""
QUESTIONS = [
    "client.info(1)",
    "client.popular()",
    "client.poster(1, '/1.jpg', {folder!r})",
    "session.get('https://api.themoviedb.org/3/movie/1', params={{'api_key': "
    "client.secret}}).raise_for_status()",
    "fetch_report(fetch.fetch_movies('tmdb', {folder!r}, pages=2, posters=True, server={url!r}))",
]


def test_the_key_is_in_no_output_of_a_notebook(tmp_path, monkeypatch):
    """Every fault, met in a real kernel: tracebacks, logs and what cells show."""
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    now = {}
    with practice_server(
        films(24), GENRES, every=0, fault=lambda path, n: FAULTS[now["fault"]] if now else None
    ) as (url, log):
        cells = [IN_A_NOTEBOOK.format(url=url, full=False)]
        for name in FAULTS:
            cells += (
                [f"# {name}"]
                + ([IN_A_NOTEBOOK.format(url=url, full=True)] if name == "full disk" else [])
                + [q.format(url=url, folder=str(tmp_path / name)) for q in QUESTIONS]
            )
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(text) for text in cells]
        )
        client = NotebookClient(notebook, allow_errors=True)
        with client.setup_kernel():
            for number, cell in enumerate(notebook.cells):
                if cell.source.startswith("# "):
                    now["fault"] = cell.source[2:]
                client.execute_cell(cell, number)
    outputs = [str(cell.outputs) for cell in notebook.cells]
    errors = [
        cell.source
        for cell in notebook.cells
        if any(output.output_type == "error" for output in cell.outputs)
    ]
    assert not any(KEY in text for text in outputs) and not any(
        KEY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )
    assert (
        len(errors) >= 4 * len(FAULTS)
        and "genre-tutorial/" in outputs[0]
        and "api_key=***" in "".join(outputs)
    ), "the faults were felt, and the log was loud"


def test_the_key_is_sent_where_it_belongs(tmp_path, monkeypatch):
    """The test above could pass because no key is used at all."""
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    seen = []
    fetch(tmp_path, pages=1, fault=lambda path, n: seen.append(path))
    assert any(KEY in path for path in seen)


def test_a_bearer_token_travels_in_a_header_only(tmp_path, monkeypatch):
    monkeypatch.setenv("TMDB_BEARER_TOKEN", KEY)
    seen = []

    def look(handler):
        seen.append((handler.path, handler.headers.get("Authorization")))
        handler.answer()

    fetch(tmp_path, pages=1, fault=always(look))
    assert seen and all(KEY not in path and header == f"Bearer {KEY}" for path, header in seen)


@pytest.mark.parametrize("title", [*WILD, ""])
def test_titles_are_never_more_than_titles(title, tmp_path):
    movies = films(3)
    movies.loc[2, "title"] = title or " "
    with practice_server(movies, GENRES, every=0) as (url, _):
        client = Tmdb(polite_session(rate=500, redirect=practice_redirect(url)))
        if not title:
            with pytest.raises(CourseError, match="knows no movie"):
                client.find(title)
            return
        number = client.find(title)
        assert number == 2 and client.info(number)["title"] == title
        assert client.poster(number, "/2.jpg", tmp_path) == tmp_path / "2.jpg"


def test_wikipedia_reports_leads_unclear_licences_and_unknown_labels(tmp_path):
    file, log = fetch(tmp_path, "wikipedia", years=(1980, 1999), limit=60, posters=True)
    skipped = pd.read_csv(file.with_name("skipped.csv")).set_index("id")["reason"]
    assert all("lead" in str(skipped[i]) for i in (7, 14)) and "not plainly free" in skipped[11]
    assert pd.read_csv(file.with_name("unmapped.csv")).values.tolist() == [["feature film", 60]]
    licences = pd.read_csv(file.with_name("licences.csv"))
    assert (
        set(licences["licence"]) == {"CC0"}
        and set(licences["author"]) == {"Drawn by code"}
        and len(licences) == 55
    )
    assert all("maxlag=5" in path for _, path in log if "api.php" in path)


def sparql(log):
    """(year, limit, offset) of every question to Wikidata."""
    return [
        tuple(
            int(re.search(pattern, parse_qs(urlsplit(path).query)["query"][0])[1])
            for pattern in SPARQL_NUMBERS
        )
        for _, path in log
        if "sparql" in path
    ]


def test_wikidata_is_asked_page_by_page_and_each_page_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(wikimedia, "WIKIDATA_PAGE", 4)
    file, log = fetch(tmp_path, "wikipedia", movies=films(260), years=(1980, 1981), limit=20)
    assert sparql(log) == [(year, 4, offset) for year in (1980, 1981) for offset in (0, 4, 8)], (
        "until a year has given its ten"
    )
    movies = load_movies(file)
    assert len(movies) == 20 and movies["year"].value_counts().tolist() == [10, 10]
    (tmp_path / "answers" / "films-4" / "1981-00004.json").unlink()
    again, log = fetch(tmp_path, "wikipedia", movies=films(260), years=(1980, 1981), limit=20)
    assert sparql(log) == [(1981, 4, 4)] and len(log) == 1 and load_movies(again).equals(movies)
    more, log = fetch(tmp_path, "wikipedia", movies=films(260), years=(1980, 1981), limit=100)
    assert sparql(log) == [(1980, 4, 12), (1981, 4, 12)] and len(load_movies(more)) == 26, (
        "a page that isn't full is the last"
    )


def test_wikidata_gives_no_more_than_asked_and_years_share_evenly(tmp_path):
    file, _ = fetch(tmp_path, "wikipedia", movies=films(100), years=(1980, 1989), limit=17)
    counts = load_movies(file)["year"].value_counts()
    assert counts.sum() == 17 and set(counts) == {1, 2}


def test_a_year_that_wikidata_never_gives_is_named_and_the_rest_kept(tmp_path, quick):
    def broken(path, n):
        return (
            faulty.status(503)
            if "sparql" in path and "1981-01-01" in path and "1980-01-01" not in path
            else None
        )

    file, _ = fetch(tmp_path, "wikipedia", years=(1980, 1982), limit=9, fault=broken)
    skipped = pd.read_csv(file.with_name("skipped.csv"))
    assert "films of 1981, from number 0 on" in skipped["title"].tolist() and set(
        load_movies(file)["year"]
    ) == {1980, 1982}
    mended, log = fetch(tmp_path, "wikipedia", years=(1980, 1982), limit=9)
    assert len(sparql(log)) == 1 and set(load_movies(mended)["year"]) == {1980, 1981, 1982}
    with pytest.raises(CourseError, match="gave no films.*run again"):
        fetch(
            tmp_path / "none",
            "wikipedia",
            years=(1980, 1982),
            limit=9,
            fault=always(faulty.status(503), where="sparql"),
        )


def test_wikimedia_is_asked_one_at_a_time(tmp_path):
    inside, most, guard = [], [], threading.Lock()

    def answer(handler):
        with guard:
            inside.append(handler)
            most.append(len(inside))
        time.sleep(0.01)
        handler.answer()
        inside.remove(handler)

    fetch(tmp_path, "wikipedia", years=(1980, 1982), limit=9, posters=True, fault=always(answer))
    assert len(most) > 20 and max(most) == 1


def test_wikimedia_is_told_who_asks(monkeypatch, tmp_path):
    monkeypatch.setenv("GENRE_TUTORIAL_CONTACT", "me@example.org\r\nX-Evil: 1")
    agents = []

    def look(handler):
        agents.append(handler.headers["User-Agent"])
        handler.answer()

    fetch(tmp_path, "wikipedia", years=(1980, 1980), limit=1, fault=always(look))
    assert agents and all(
        "genre-tutorial/" in agent and "me@example.org" in agent for agent in agents
    )


def test_sparql_is_built_from_numbers_only():
    assert '"1999-01-01' in wikidata_query(1999) and "LIMIT 5 OFFSET 10" in wikidata_query(
        1999, 5, 10
    )
    with pytest.raises(ValueError):
        wikidata_query('1999" } DELETE')


def test_wikidata_rows_may_lack_what_is_optional():
    row = {
        "film": {"value": "http://www.wikidata.org/entity/Q5"},
        "title": {"value": "T"},
        "genres": {"value": "zombie comedy|feature film"},
    }
    films_, unmapped = read_wikidata({"results": {"bindings": [row]}})
    assert (
        films_.loc[0, "genres"] == ["Comedy", "Horror"]
        and films_.loc[0, "release_date"] is None
        and unmapped == {"feature film": 1}
    )


@pytest.mark.parametrize(
    "text,plot",
    [
        ("Lead.\n\n== Synopsis ==\nA b.\n\n== X ==\n", ("A b.", "plot")),
        ("Lead only.", ("Lead only.", "lead")),
        ("", (None, "nowhere")),
        ("L.\n== Plot summary ==\nOne.\n=== Act 2 ===\nTwo.", ("One. Two.", "plot")),
        ("L.\n== Plot ==\n\n== Cast ==\nx", (None, "nowhere")),
    ],
)
def test_plots_are_found_in_articles(text, plot):
    assert plot_section(text) == plot


@pytest.mark.parametrize(
    "licence,free",
    [
        ("CC BY-SA 4.0", True),
        ("CC BY 3.0", True),
        ("CC0", True),
        ("Public domain", True),
        ("PD-US-expired", True),
        ("CC BY-NC-SA 4.0", False),
        ("CC BY-ND 2.0", False),
        ("Fair use", False),
        ("", False),
        ("Copyrighted free use, not PD", False),
    ],
)
def test_only_plainly_free_pictures_are_taken(licence, free):
    answer = {
        "query": {
            "pages": [
                {
                    "imageinfo": [
                        {"url": "u", "extmetadata": {"LicenseShortName": {"value": licence}}}
                    ]
                }
            ]
        }
    }
    if free:
        assert free_picture(answer)["licence"] == licence
    else:
        with pytest.raises(Skipped):
            free_picture(answer)


def test_imdb_is_streamed_and_its_gaps_are_gaps():
    def lines():
        yield "tconst\ttitleType\tprimaryTitle\tstartYear\tgenres\n"
        yield 'tt1\tmovie\tA "quoted title\t1999\tSci-Fi,Drama\n'
        yield "tt2\tmovie\tB\t\\N\t\\N\n"
        for i in range(3, 200_000):
            yield f"tt{i}\ttvEpisode\tE\t2000\tDrama\n"

    table = read_imdb(lines())
    assert (
        table.index.tolist() == ["tt1", "tt2"]
        and table.loc["tt1", "genres"] == ["Drama", "Science Fiction"]
        and pd.isna(table.loc["tt2", "year"])
    )
    for years, found in {(1990, 1999): ["tt1"], (1999, 2000): ["tt1"], (2000, 2001): []}.items():
        assert read_imdb(lines(), years).index.tolist() == found
    with pytest.raises(CourseError, match="no column 'genres'"):
        read_imdb(["tconst\ttitleType\tprimaryTitle\tstartYear\n"])


def test_a_damaged_archive_is_one_sentence(tmp_path):
    (tmp_path / "MovieSummaries.tar.gz").write_bytes(b"\x1f\x8b junk")
    with pytest.raises(CourseError, match="can't be read as the CMU corpus"):
        read_cmu(tmp_path / "MovieSummaries.tar.gz")
    with pytest.raises(CourseError, match="is damaged"):
        fetch(tmp_path, "imdb", fault=always(faulty.raw(b"junk")))


def test_consent_key_and_network_are_asked_for_in_turn(monkeypatch, tmp_path):
    with pytest.raises(CourseError, match="offline"):
        fetch_movies("tmdb", tmp_path)
    monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "0")
    with pytest.raises(CourseError, match="Consent is needed.*machine-learning"):
        fetch_movies("tmdb", tmp_path)
    with pytest.raises(CourseError, match="No TMDB key"):
        fetch_movies("tmdb", tmp_path, consent=True)
    with pytest.raises(CourseError, match="no source called"):
        fetch_movies("netflix", tmp_path)
    with pytest.raises(CourseError, match="no genre called"):
        fetch_movies("tmdb", tmp_path, genres=["Zombies"])


@pytest.fixture
def elsewhere(monkeypatch):
    """No practice server is named, but every address of a service leads to one: what 'live' means,
    without the network.
    """
    real = polite_session
    with practice_server(load_movies("openplots"), load_genres(), every=0) as (url, log):
        monkeypatch.setattr(
            fetch_module,
            "polite_session",
            live := lambda **options: real(
                **{
                    **options,
                    "rate": 500,
                    "redirect": options.get("redirect") or practice_redirect(url),
                }
            ),
        )
        for module in (downloads, http):
            monkeypatch.setattr(module, "polite_session", live)
        monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "0")
        monkeypatch.setenv("TMDB_API_KEY", KEY)
        yield log


def load_genres():
    """TMDB's nineteen, with their numbers."""
    from genre_tutorial.data.genres import GENRES

    return GENRES


def test_the_terms_are_shown_once_even_with_consent(tmp_path, capsys, elsewhere):
    fetch_movies("tmdb", tmp_path, pages=1, consent=True)
    assert capsys.readouterr().out.count(TMDB_NOTICE) == 1
    fetch_movies("tmdb", tmp_path, pages=2, consent=True)
    assert TMDB_NOTICE not in capsys.readouterr().out and len(elsewhere) == 2
    assert TMDB_NOTICE in (tmp_path / "ATTRIBUTION.txt").read_text()


def test_consent_may_be_a_variable_and_a_no_is_a_no(tmp_path, monkeypatch, elsewhere):
    monkeypatch.setenv("TMDB_CONSENT", "0")
    with pytest.raises(CourseError, match="Consent is needed.*TMDB_CONSENT"):
        fetch_movies("tmdb", tmp_path, pages=1)
    monkeypatch.setenv("TMDB_CONSENT", "1")
    with pytest.raises(CourseError, match="Consent is needed"):
        fetch_movies("tmdb", tmp_path, pages=1, consent=False)
    assert not elsewhere
    assert len(load_movies(fetch_movies("tmdb", tmp_path, pages=1))) == 20


def test_cells_are_live_by_settings_and_never_offline(monkeypatch):
    assert not is_live("tmdb") and not is_live("wikipedia")
    monkeypatch.setenv("TMDB_BEARER_TOKEN", KEY)
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", "wikipedia")
    assert not is_live("tmdb") and not is_live("wikipedia"), "offline wins"
    monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "0")
    assert is_live("tmdb") and is_live("wikipedia")
    monkeypatch.delenv("TMDB_BEARER_TOKEN")
    monkeypatch.setenv("GENRE_TUTORIAL_SOURCE", "openplots")
    assert not is_live("tmdb") and not is_live("wikipedia")


def test_the_chapter_works_live_without_an_edit(tmp_path, monkeypatch, elsewhere, capsys):
    """Its cells, as they stand, with a key, consent and the source wikipedia."""
    import matplotlib

    matplotlib.use("Agg")
    for name, value in {
        "TMDB_CONSENT": "1",
        "GENRE_TUTORIAL_SOURCE": "wikipedia",
        "GENRE_TUTORIAL_HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    cells = nbformat.read(
        Path(__file__).parent.parent / "nbs" / "01_scraping.ipynb", as_version=4
    ).cells
    space = {"__name__": "chapter_1"}
    for cell in cells:
        if cell.cell_type == "code":
            exec(
                compile(cell.source, cell.source.partition("\n")[0], "exec", dont_inherit=True),
                space,
            )
    asked = {path.split("/")[1] for _, path in elsewhere}
    assert asked == {"tmdb", "images", "wikidata", "wikipedia", "commons", "uploads"}, (
        "IMDb's file comes from the practice server"
    )
    assert len({path for _, path in elsewhere if "/popular" in path}) == 50
    practised = [path for _, path in space["server"].log + space["busy"].log]
    assert {path.split("/")[1] for path in practised} == {"tmdb", "images", "imdb"}, (
        "what is done by hand is practice"
    )
    assert not any("api_key" in path for path in practised), "no key is sent there"
    assert TMDB_NOTICE in capsys.readouterr().out
    assert len(list(tmp_path.rglob("movies.jsonl"))) == 2, (
        "what came from real services stays in the reader's home"
    )


def test_a_practice_server_runs_until_it_is_stopped():
    server = start_practice_server(films(3), GENRES, every=2)
    with polite_session(rate=500) as session:
        assert session.get(f"{server.url}/tmdb/3/movie/popular").json()["total_results"] == 3
    assert server.log == [(200, "/tmdb/3/movie/popular")]
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/tmdb/3/movie/popular", timeout=5)


def chapter_text():
    """All Markdown of chapter 1."""
    path = Path(__file__).parent.parent / "nbs" / "01_scraping.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def details_of_practice():
    """Everything that the practice server tells about a film."""
    with practice_server(films(3), GENRES, every=0) as (url, _):
        client = Tmdb(polite_session(rate=500, redirect=practice_redirect(url)))
        return client.info(int(films(3).index[0]))


def test_the_chapter_names_every_field_of_a_film():
    details = details_of_practice()
    table = chapter_text().split("## All the fields")[1].split("## ")[0]
    assert len(details) == 26 and all(f"`{name}`" in table for name in details)


@pytest.mark.real
def test_practice_details_have_the_fields_of_real_ones(real_data):
    real = json.loads((real_data / "api" / "movie_details.json").read_text(encoding="utf-8"))
    ours = details_of_practice()
    assert set(ours) - set(real) == {"origin_country"} and set(real) <= set(ours), (
        "the recorded answer is older than the field origin_country"
    )
    full = (real_data / "api" / "movie_details_full.json").read_text(encoding="utf-8")
    more = set(json.loads(full)) - set(real)
    assert all(f"`{name}`" in chapter_text() for name in more), "what can be asked for besides"


def test_old_tmdb_data_is_announced_and_purged(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    file, _ = fetch(None, "tmdb", pages=1)
    load_movies(file)
    assert "purge" not in capsys.readouterr().out
    record = file.with_name("source.json")
    then = (date.today() - timedelta(days=170)).isoformat()
    record.write_text(json.dumps(json.loads(record.read_text()) | {"fetched": then}))
    load_movies(file)
    assert "for 10 more days" in capsys.readouterr().out
    assert main(["purge", "tmdb"]) == 0 and not file.exists()
    said = capsys.readouterr().out
    assert f"in {file.parent}; 0 that were learned" in said and "files of tmdb removed" in said
    assert main(["purge", "tmdb"]) == 0
    assert capsys.readouterr().out == "nothing of tmdb was there to remove\n"


def a_table(folder):
    """A table of films of the reader's own."""
    load_movies("openplots").head(60).to_json(folder / "own.jsonl", orient="records", lines=True)
    return folder / "own.jsonl"


def test_purge_removes_what_was_learned_too_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    monkeypatch.setenv(
        "GENRE_TUTORIAL_SOURCE", "openplots"
    )  # the option below sets it: afterwards it is as it was
    assert main(["fetch", "practice", "--pages", "3", "--posters"]) == 0
    poster = next((tmp_path / "scraped" / "practice").rglob("*.jpg"))
    features = poster_features([poster], "MobileNet", pooling="avg", size=96, alpha=0.25)
    foreign = next((tmp_path / "features").rglob("*.npy")).with_name(f"{'0' * 64}.npy")
    foreign.write_bytes(b"of another picture")
    assert (
        main(["predict", "A ghost.", "--data", "practice"]) == 0
        and main(["predict", "A ghost.", "--data", str(a_table(tmp_path))]) == 0
    )
    assert sorted(path.name.split("-")[0] for path in (tmp_path / "models").glob("*.skops")) == [
        "films",
        "practice",
    ]
    assert main(["purge", "practice"]) == 0 and len(features.table) == 1
    assert [path.name.split("-")[0] for path in (tmp_path / "models").glob("*.skops")] == ["films"]
    assert (
        list((tmp_path / "features").rglob("*.npy")) == [foreign]
        and not (tmp_path / "scraped" / "practice").exists()
    )


def test_the_command_line_fetches_and_reports(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    assert (
        main(["fetch", "practice", "--pages", "2", "--posters", "--out", str(tmp_path / "data")])
        == 0
    )
    out = capsys.readouterr().out
    assert "40 movies: 40 with a plot, 40 with a poster" in out and "load_movies(" in out
    assert main(["fetch", "tmdb"]) == 2 and main(["fetch", "nonsense"]) == 2
    assert main(["fetch", "practice", "--years", "1990:1980"]) == 2


@pytest.mark.real
@pytest.mark.parametrize(
    "name,count",
    [
        ("popular_page_1", 20),
        ("popular_page_2", 20),
        ("search_page_1", None),
        ("search_page_2", None),
        ("discover_movie", None),
        ("movie_popular", None),
        ("movie_top_rated", None),
    ],
)
def test_real_answers_go_through_the_same_parsers(real_data, tmp_path, name, count):
    answer = json.loads((real_data / "api" / f"{name}.json").read_text(encoding="utf-8"))
    harvest = Harvest(tmp_path)
    pages = fetch_pages(lambda number: answer, harvest, name, 1)
    table = merge_pages(pages, harvest.skip)
    assert len(table) == (count or len(answer["results"])) and not harvest.skipped
    table.reindex(
        columns=["id", "title", "genre_ids", "overview", "release_date", "poster_path"]
    ).to_json(tmp_path / "movies.jsonl", orient="records", lines=True)
    movies = load_movies(tmp_path / "movies.jsonl")
    assert len(movies) == len(table) and all(isinstance(g, list) for g in movies["genres"])


@pytest.mark.real
def test_two_consecutive_real_pages_merge(real_data):
    pages = [
        json.loads((real_data / "api" / f"popular_page_{n}.json").read_text(encoding="utf-8"))
        for n in (1, 2)
    ]
    ids = [row["id"] for page in pages for row in page["results"]]
    assert merge_pages(pages)["id"].tolist() == list(dict.fromkeys(ids))


@pytest.mark.real
def test_the_old_genre_list_and_the_configuration_are_read(real_data):
    old = json.loads((real_data / "api" / "genre_list_old.json").read_text(encoding="utf-8"))
    configuration = json.loads(
        (real_data / "api" / "configuration.json").read_text(encoding="utf-8")
    )
    answers = {"/genre/movie/list": old, "/configuration": configuration}

    def fault(path, n):
        return next(
            (faulty.as_json(value) for part, value in answers.items() if part in path), None
        )

    with practice_server(films(3), GENRES, every=0, fault=fault) as (url, _):
        client = Tmdb(polite_session(rate=500, redirect=practice_redirect(url)))
        assert client.genre_table()[28] == "Action" and len(client.genre_table()) == len(
            old["genres"]
        )
        assert "w342" in client.poster_sizes()


@pytest.mark.real
def test_two_databases_disagree_over_real_movies(real_data):
    index = (
        pd.read_csv(real_data / "posters" / "index.csv")
        .drop_duplicates("imdb_id")
        .set_index("imdb_id")
    )
    from genre_tutorial.data.genres import genre_list

    ours, theirs = (index[name].map(genre_list) for name in ("tmdb_genres", "imdb_genres"))
    given = (ours.map(len) > 0) & (theirs.map(len) > 0)
    ours, theirs = ours[given], theirs[given]
    table = compare_genres(ours, theirs)
    text = chapter_text()
    assert f"{len(ours):,} real films" in text
    assert f"{(ours.map(set) == theirs.map(set)).mean():.0%}".replace("%", " %") in text
    table["jaccard"] = table["both"] / table.sum(axis=1)
    for genre in ("Documentary", "Horror", "Science Fiction", "Thriller"):
        row = table.loc[genre]
        counts = " | ".join(str(int(number)) for number in row[:3])
        assert f"| {genre} | {counts} | {row['jaccard']:.2f} |" in text
