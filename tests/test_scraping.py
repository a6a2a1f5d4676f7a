"""Every source, whole and broken; killed and started again; and the key that must not show."""
import filecmp
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import faulty
import numpy as np
import pandas as pd
import pytest
from faulty import GENRES, KEY, always, films, first
from PIL import Image

from genre_tutorial import scraping
from genre_tutorial.cli import main
from genre_tutorial.fetching import polite_session, practice_redirect
from genre_tutorial.movies import load_movies
from genre_tutorial.practice import practice_server
from genre_tutorial.scraping import (Skipped, Tmdb, compare_genres, date_slices, fetch_movies, fetch_picture, fetch_report, free_picture, merge_pages, plot_section, purge,
                                     read_cmu, read_imdb, read_wikidata, wikidata_query)
from genre_tutorial.settings import CourseError

WILD = ["../../etc/passwd", "a; rm -rf ~", "Face/Off", "CON", "🎬", "x" * 300]
FOLDERS = {"answers", "images"}


@pytest.fixture
def quick(monkeypatch):
    """Short pauses between tries."""
    real = polite_session
    monkeypatch.setattr(scraping, "polite_session", lambda **options: real(**options | {"pause": 0.01, "tries": 3, "timeout": 1.0}))


def fetch(folder, source="tmdb", movies=None, fault=None, every=0, **options):
    """Fetch a source from a practice server; returns (file, log)."""
    with practice_server(films() if movies is None else movies, GENRES, every=every, fault=fault) as (url, log):
        return fetch_movies(source, folder, server=url, rate=500, **options), log


@pytest.mark.parametrize("source", ["tmdb", "wikipedia", "imdb", "cmu", "practice"])
def test_every_source_gives_a_table_that_loads(tmp_path, source):
    file, _ = fetch(tmp_path, source, years=(1980, 1999), limit=60, posters=source != "imdb", every=7)
    movies = load_movies(file)
    assert len(movies) == 60 and movies.index.is_unique
    assert sorted(set().union(*movies["genres"])) == sorted(GENRES)
    assert movies["year"].between(1980, 1999).all()
    assert movies["overview"].isna().all() if source == "imdb" else movies["overview"].str.startswith("Plot number").all()
    assert file.with_name("ATTRIBUTION.txt").read_text().strip()
    fetched = json.loads(file.with_name("fetched.json").read_text())
    assert fetched["source"] == source and fetched["first"] == date.today().isoformat()


def test_a_table_of_the_students_own(tmp_path):
    own = tmp_path / "mine.csv"
    own.write_text("id,title,overview,genres,release_date\n7,Alien,A crew.,Horror,1979-05-25\n8,Heat,A thief.,Crimee,\n")
    file = fetch_movies(str(own), tmp_path / "out")
    assert load_movies(file)["title"].tolist() == ["Alien", "Heat"]
    assert "Crimee" in pd.read_csv(file.with_name("skipped.csv"))["reason"][0]
    assert load_movies(file)["release_date"].iloc[0] == pd.Timestamp("1979-05-25")


def test_discover_by_genre_and_year_splits_what_is_too_long(tmp_path, monkeypatch):
    file, log = fetch(tmp_path, genres=["Horror"], years=(1985, 1990))
    movies = load_movies(file)
    assert all(g == ["Horror"] for g in movies["genres"]) and movies["year"].between(1985, 1990).all()
    days = lambda a, b: (b - a).days + 1
    parts = date_slices(days, date(1999, 1, 1), date(2004, 6, 30), limit=90)
    assert parts[0][0] == date(1999, 1, 1) and parts[-1][1] == date(2004, 6, 30)
    assert all(b[0] - a[1] == timedelta(days=1) for a, b in zip(parts, parts[1:])) and max(days(*p) for p in parts) <= 90
    assert date_slices(lambda a, b: 10**6, date(2000, 1, 1), date(2000, 1, 2)) == [(date(2000, 1, 1),) * 2, (date(2000, 1, 2),) * 2]


def test_total_pages_above_500_is_cut(tmp_path):
    asked = []

    def page(number):
        asked.append(number)
        return {"results": [], "total_pages": 40_000}

    scraping.fetch_pages(page, tmp_path, 600)
    assert max(asked) == 500


@pytest.mark.parametrize("fault", [faulty.status(429), faulty.status(429, Retry_After=0), faulty.status(500), faulty.status(502), faulty.status(503), faulty.status(504), faulty.reset, faulty.half],
                         ids=["429", "429 told", "500", "502", "503", "504", "reset", "half"])
def test_passing_faults_cost_nothing(tmp_path, fault, quick):
    whole, _ = fetch(tmp_path / "whole", pages=3)
    shaken, log = fetch(tmp_path / "shaken", pages=3, fault=first(fault))
    assert whole.read_bytes() == shaken.read_bytes() and len(log) > 3
    assert pd.read_csv(shaken.with_name("skipped.csv")).empty


@pytest.mark.parametrize("fault", [faulty.raw(b"<html>busy</html>"), faulty.as_json([1, 2]), faulty.as_json({"results": "none"}), faulty.status(500), faulty.stall(1.5), faulty.huge],
                         ids=["html", "list", "wrong shape", "500", "stall", "huge"])
def test_a_page_that_never_comes_is_named_and_the_rest_kept(tmp_path, fault, quick):
    if fault is faulty.huge:
        with pytest.raises(CourseError, match="refused"):
            fetch(tmp_path, pages=3, fault=always(fault, where="page=2"))
        return
    file, _ = fetch(tmp_path, pages=3, fault=always(fault, where="page=2"))
    skipped = pd.read_csv(file.with_name("skipped.csv"))
    assert skipped["title"].tolist() == ["popular, page 2"] and len(load_movies(file)) == 40
    mended, log = fetch(tmp_path, pages=3)
    assert len(load_movies(mended)) == 60 and pd.read_csv(mended.with_name("skipped.csv")).empty
    assert len(log) == 1, "only the missing page is asked for"


def test_odd_movies_are_kept_and_gaps_stay_gaps(tmp_path):
    odd = [{"id": 1, "title": "Bare"}, {"id": 2, "title": "Nulls", "poster_path": None, "overview": "", "release_date": "", "genre_ids": [27, 4711]}, {"id": "x"}, "junk",
           *({"id": 10 + i, "title": t, "overview": "A plot.", "genre_ids": [18], "poster_path": f"/{10 + i}.jpg"} for i, t in enumerate(WILD)), {"id": 30, "title": ""}]
    page = {"page": 1, "total_pages": 1, "results": odd}
    file, _ = fetch(tmp_path / "deep" / "down", movies=films(20), fault=always(faulty.as_json(page), where="popular"), posters=True)
    movies = load_movies(file)
    assert movies["title"].tolist() == ["Bare", "Nulls", *WILD]
    assert movies.loc[1, "genres"] == [] and movies.loc[2, "genres"] == ["Horror", "Unknown 4711"] and movies.loc[[1, 2], "overview"].isna().all()
    skipped = pd.read_csv(file.with_name("skipped.csv"))
    assert (skipped["reason"] == "a row without id or title").sum() == 3
    assert (skipped["reason"] == "the service has no poster for it").sum() == 2
    assert {p.name for p in (tmp_path / "deep" / "down" / "images").iterdir()} == {f"{10 + i}.jpg" for i in range(len(WILD))}
    assert {p.name for p in tmp_path.iterdir()} == {"deep"}, "no title became a path"


def picture(mode="RGB", size=(30, 40)):
    """A JPEG, as bytes."""
    out = BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], len(Image.new(mode, (1, 1)).getbands())), dtype=np.uint8).squeeze()
    Image.fromarray(noise, mode=mode).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("body,good", [(picture(), True), (picture("CMYK"), True), (picture("L"), True), (b"", False), (b"<html>", False), (picture()[:-200], False), (b"\x89PNG\r\n", False)],
                         ids=["rgb", "cmyk", "grey", "empty", "html", "cut", "png head"])
def test_a_picture_is_decoded_before_it_is_believed(tmp_path, body, good):
    with practice_server(films(), GENRES, every=0, fault=always(faulty.raw(body))) as (url, _):
        session = polite_session(rate=500)
        if good:
            assert fetch_picture(session, url + "/images/x/1.jpg", tmp_path / "1.jpg").read_bytes() == body
        else:
            with pytest.raises(Skipped, match="1.jpg is not a whole picture"):
                fetch_picture(session, url + "/images/x/1.jpg", tmp_path / "1.jpg")
            assert not list(tmp_path.iterdir())


def test_posters_that_fail_are_listed_with_their_reason(tmp_path, quick):
    file, _ = fetch(tmp_path, pages=1, posters=True, fault=always(faulty.raw(b"junk"), where="/w342/3.jpg"))
    assert load_movies(file)["poster"].isna().sum() == 1
    skipped = pd.read_csv(file.with_name("skipped.csv"))
    assert skipped[["id", "reason"]].values.tolist() == [[3, "the picture 3.jpg is not a whole picture"]]


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


SCRIPT = "import sys; from genre_tutorial.scraping import fetch_movies; fetch_movies(sys.argv[1], sys.argv[2], server=sys.argv[3], pages=4, years=(1980, 1999), limit=40, posters=True, rate=400)"


def tree(folder):
    """Every file and its content, but the dates."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file() and p.name != "fetched.json"}


@pytest.mark.parametrize("source", ["tmdb", "wikipedia"])
def test_killed_at_any_moment_and_started_again(tmp_path, source):
    """Twenty random kill -9 points: the same bytes in the end, and no answer that was saved is asked for twice."""
    with practice_server(films(40), GENRES, every=0, delay=0.004) as (url, log):
        subprocess.run([sys.executable, "-c", SCRIPT, source, str(tmp_path / "whole"), url], check=True)
        asked_once, chance = len(log), random.Random(0)
        del log[:]
        for _ in range(10):
            before = tree(tmp_path / "torn")
            job = subprocess.Popen([sys.executable, "-c", SCRIPT, source, str(tmp_path / "torn"), url])
            wait_for = chance.randint(1, 12)
            start = len(log)
            while len(log) < start + wait_for and job.poll() is None:
                time.sleep(0.001)
            time.sleep(chance.random() * 0.02)
            job.send_signal(signal.SIGKILL)
            job.wait()
            assert before.items() <= {**tree(tmp_path / "torn"), **{k: v for k, v in before.items() if Path(k).name.startswith(".")}}.items(), "what was saved stays"
        subprocess.run([sys.executable, "-c", SCRIPT, source, str(tmp_path / "torn"), url], check=True)
    assert tree(tmp_path / "whole") == tree(tmp_path / "torn")
    assert len(log) <= asked_once + 10 * 8, "only requests that were on their way when the process died are repeated"


def test_no_saved_answer_is_asked_for_twice(tmp_path):
    file, log = fetch(tmp_path, pages=3, posters=True)
    assert len(log) == 63
    file, log = fetch(tmp_path, pages=3, posters=True)
    assert log == []


FAULTS = {"401": faulty.status(401), "404": faulty.status(404), "429": faulty.status(429), "500": faulty.status(500), "reset": faulty.reset, "stall": faulty.stall(1.5), "half": faulty.half, "html": faulty.raw(b"<html>"),
          "shape": faulty.as_json(["x"]), "huge": faulty.huge, "elsewhere": faulty.elsewhere}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_key_is_in_nothing_that_is_produced(tmp_path, fault, monkeypatch, capfd, caplog, quick):
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    caplog.set_level("DEBUG")
    said = []
    for where in ("popular", "page=2", ".jpg"):
        try:
            fetch_report(fetch(tmp_path / where.strip("."), movies=films(24), pages=2, posters=True, fault=always(FAULTS[fault], where=where))[0])
        except CourseError as error:
            chain = error
            while chain is not None:
                said.append(f"{chain!r} {chain}")
                chain = chain.__cause__ or chain.__context__
    out, err = capfd.readouterr()
    produced = [*said, out, err, caplog.text, *(p.read_bytes().decode("utf-8", "replace") + p.name for p in tmp_path.rglob("*") if p.is_file())]
    assert not any(KEY in text for text in produced)
    assert said or out


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
    assert set(licences["licence"]) == {"CC0"} and set(licences["author"]) == {"Drawn by code"} and len(licences) == 55
    assert all("maxlag=5" in path for _, path in log if "api.php" in path)


def test_wikimedia_is_told_who_asks(monkeypatch, tmp_path):
    monkeypatch.setenv("GENRE_TUTORIAL_CONTACT", "me@example.org\r\nX-Evil: 1")
    agents = []

    def look(handler):
        agents.append(handler.headers["User-Agent"])
        handler.answer()

    fetch(tmp_path, "wikipedia", years=(1980, 1980), limit=1, fault=always(look))
    assert agents and all("genre-tutorial/" in agent and "me@example.org" in agent for agent in agents)


def test_sparql_is_built_from_numbers_only():
    assert '"1999-01-01' in wikidata_query(1999) and "LIMIT 5 OFFSET 10" in wikidata_query(1999, 5, 10)
    with pytest.raises(ValueError):
        wikidata_query('1999" } DELETE')


def test_wikidata_rows_may_lack_what_is_optional():
    row = {"film": {"value": "http://www.wikidata.org/entity/Q5"}, "title": {"value": "T"}, "genres": {"value": "zombie comedy|feature film"}}
    films_, unmapped = read_wikidata({"results": {"bindings": [row]}})
    assert films_.loc[0, "genres"] == ["Comedy", "Horror"] and films_.loc[0, "release_date"] is None and unmapped == {"feature film": 1}


@pytest.mark.parametrize("text,plot", [("Lead.\n\n== Synopsis ==\nA b.\n\n== X ==\n", ("A b.", "plot")), ("Lead only.", ("Lead only.", "lead")), ("", (None, "nowhere")),
                                       ("L.\n== Plot summary ==\nOne.\n=== Act 2 ===\nTwo.", ("One. Two.", "plot")), ("L.\n== Plot ==\n\n== Cast ==\nx", (None, "nowhere"))])
def test_plots_are_found_in_articles(text, plot):
    assert plot_section(text) == plot


@pytest.mark.parametrize("licence,free", [("CC BY-SA 4.0", True), ("CC BY 3.0", True), ("CC0", True), ("Public domain", True), ("PD-US-expired", True), ("CC BY-NC-SA 4.0", False), ("CC BY-ND 2.0", False),
                                          ("Fair use", False), ("", False), ("Copyrighted free use, not PD", False)])
def test_only_plainly_free_pictures_are_taken(licence, free):
    answer = {"query": {"pages": [{"imageinfo": [{"url": "u", "extmetadata": {"LicenseShortName": {"value": licence}}}]}]}}
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
    assert table.index.tolist() == ["tt1", "tt2"] and table.loc["tt1", "genres"] == ["Drama", "Science Fiction"] and pd.isna(table.loc["tt2", "year"])
    assert read_imdb(lines(), (1990, 2000)).index.tolist() == ["tt1"]
    with pytest.raises(CourseError, match="no column 'genres'"):
        read_imdb(["tconst\ttitleType\tprimaryTitle\tstartYear\n"])


def test_a_damaged_archive_is_one_sentence(tmp_path):
    (tmp_path / "MovieSummaries.tar.gz").write_bytes(b"\x1f\x8b junk")
    with pytest.raises(CourseError, match="can't be read as the CMU corpus"):
        read_cmu(tmp_path / "MovieSummaries.tar.gz")
    (tmp_path / "title.basics.tsv.gz").write_bytes(b"junk")
    with pytest.raises(CourseError, match="is damaged"):
        fetch(tmp_path, "imdb")


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


def test_old_tmdb_data_is_announced_and_purged(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    file, _ = fetch(None, "tmdb", pages=1)
    load_movies(file)
    assert "purge" not in capsys.readouterr().out
    record = file.with_name("fetched.json")
    record.write_text(json.dumps({"source": "tmdb", "first": (date.today() - timedelta(days=170)).isoformat()}))
    load_movies(file)
    assert "for 10 more days" in capsys.readouterr().out
    assert main(["purge", "tmdb"]) == 0 and not file.exists()
    assert "removed" in capsys.readouterr().out


def test_the_command_line_fetches_and_reports(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    assert main(["fetch", "practice", "--pages", "2", "--posters", "--out", str(tmp_path / "data")]) == 0
    out = capsys.readouterr().out
    assert "40 movies: 40 with a plot, 40 with a poster" in out and "load_movies(" in out
    assert main(["fetch", "tmdb"]) == 2 and main(["fetch", "nonsense"]) == 2
    assert main(["fetch", "practice", "--years", "1990:1980"]) == 2


@pytest.mark.real
@pytest.mark.parametrize("name,count", [("popular_page_1", 20), ("popular_page_2", 20), ("search_page_1", None), ("search_page_2", None), ("discover_movie", None), ("movie_popular", None), ("movie_top_rated", None)])
def test_real_answers_go_through_the_same_parsers(real_data, tmp_path, name, count):
    answer = json.loads((real_data / "api" / f"{name}.json").read_text(encoding="utf-8"))
    pages = scraping.fetch_pages(lambda number: answer, tmp_path, 1)
    table, skipped = merge_pages(pages, got := []), got
    assert len(table) == (count or len(answer["results"])) and not skipped
    table.reindex(columns=["id", "title", "genre_ids", "overview", "release_date", "poster_path"]).to_json(tmp_path / "movies.jsonl", orient="records", lines=True)
    movies = load_movies(tmp_path / "movies.jsonl")
    assert len(movies) == len(table) and all(isinstance(g, list) for g in movies["genres"])


@pytest.mark.real
def test_two_consecutive_real_pages_merge(real_data):
    pages = [json.loads((real_data / "api" / f"popular_page_{n}.json").read_text(encoding="utf-8")) for n in (1, 2)]
    ids = [row["id"] for page in pages for row in page["results"]]
    assert merge_pages(pages)["id"].tolist() == list(dict.fromkeys(ids))


@pytest.mark.real
def test_the_old_genre_list_and_the_configuration_are_read(real_data):
    old = json.loads((real_data / "api" / "genre_list_old.json").read_text(encoding="utf-8"))
    configuration = json.loads((real_data / "api" / "configuration.json").read_text(encoding="utf-8"))
    answers = {"/genre/movie/list": old, "/configuration": configuration}
    fault = lambda path, n: next((faulty.as_json(value) for part, value in answers.items() if part in path), None)
    with practice_server(films(3), GENRES, every=0, fault=fault) as (url, _):
        client = Tmdb(polite_session(rate=500, redirect=practice_redirect(url)))
        assert client.genre_table()[28] == "Action" and len(client.genre_table()) == len(old["genres"])
        assert "w342" in client.poster_sizes()


@pytest.mark.real
def test_two_databases_disagree_over_real_movies(real_data):
    index = pd.read_csv(real_data / "posters" / "index.csv").drop_duplicates("imdb_id").set_index("imdb_id")
    from genre_tutorial.movies import genre_list
    table = compare_genres(index["tmdb_genres"].map(genre_list), index["imdb_genres"].map(genre_list))
    assert table.loc["Science Fiction", "both"] > 50, "Sci-Fi is mapped"
    assert table["only_theirs"].sum() > 100, "and they do disagree"
