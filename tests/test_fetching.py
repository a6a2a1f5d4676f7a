"""The session and the download against a server that misbehaves on purpose."""

import gzip
import logging
import time
import traceback

import faulty
import pytest
import requests
from faulty import GENRES, KEY, always, films, first

from genre_tutorial.core import http
from genre_tutorial.core.files import download
from genre_tutorial.core.http import Busy, each, polite_session, retry_after
from genre_tutorial.core.settings import CourseError
from genre_tutorial.sources.base import practice_redirect
from genre_tutorial.sources.practice import practice_server

PAGE = "/tmdb/3/movie/popular"


def ask(fault, path=PAGE, **options):
    """One request through a polite session; returns (answer, log)."""
    with practice_server(films(), GENRES, every=0, fault=fault) as (url, log):
        return polite_session(**{"rate": 200, "pause": 0.01} | options).get(url + path), log


@pytest.mark.parametrize(
    "fault",
    [faulty.status(code) for code in (429, 500, 502, 503, 504)] + [faulty.reset, faulty.half],
    ids=["429", "500", "502", "503", "504", "reset", "half"],
)
def test_a_passing_fault_is_survived(fault):
    answer, log = ask(first(fault, times=2))
    assert answer.json()["page"] == 1 and len(log) == 3


def test_a_stalled_answer_times_out_and_is_asked_for_again():
    answer, log = ask(first(faulty.stall(1)), timeout=0.2)
    assert answer.json()["page"] == 1


def test_a_lagging_wiki_is_asked_again_later():
    answer, log = ask(
        first(
            faulty.raw(
                b'{"error": {"code": "maxlag"}}', MediaWiki_API_Error="maxlag", Retry_After=0
            )
        )
    )
    assert "results" in answer.json() and len(log) == 2


def test_after_a_429_it_waits_as_told():
    start = time.monotonic()
    answer, _ = ask(first(faulty.status(429, Retry_After=1)))
    assert answer.ok and time.monotonic() - start >= 1


def test_a_429_stops_every_thread():
    times = []

    def fault(path, n):
        times.append(time.monotonic())
        return faulty.status(429, Retry_After=1) if len(times) == 4 else None

    with practice_server(films(), GENRES, every=0, fault=fault) as (url, _):
        session = polite_session(rate=20, pause=0.01)
        each(lambda n: session.get(f"{url}{PAGE}?page={n}"), list(range(12)), "pages", workers=2)
    told = times[3]
    # The other worker may already be on its way; at 20 a second, without the stop, 18 would come.
    assert sum(told < moment < told + 0.95 for moment in times) <= 1, (
        "nobody asks in the second we were told to wait"
    )
    assert len(times) == 13


@pytest.mark.parametrize(
    "told,seconds",
    [("3", 3), ("0.5", 0.5), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None), ("", None)],
)
def test_retry_after_is_a_number_or_a_date(told, seconds):
    response = requests.Response()
    response.headers["Retry-After"] = told
    assert retry_after(response) == seconds


def test_a_lasting_fault_ends():
    with pytest.raises(Busy):
        ask(always(faulty.status(503)), tries=3)
    with pytest.raises(requests.ConnectionError):
        ask(always(faulty.reset), tries=2)


def test_a_refusal_is_not_repeated():
    answer, log = ask(always(faulty.status(401)))
    assert answer.status_code == 401 and len(log) == 1


def test_ten_gigabytes_are_refused_unread():
    with pytest.raises(CourseError, match="10,737,418,240 bytes"):
        ask(always(faulty.huge))


def test_a_body_longer_than_sensible_is_refused_without_a_length():
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 100_000)
        handler.close_connection = True

    with practice_server(films(), GENRES, every=0, fault=always(endless)) as (url, _):
        session = polite_session(rate=200, pause=0.01)
        session.max_bytes = 50_000
        with pytest.raises(CourseError, match="refused"):
            session.get(url + PAGE)


def test_another_host_is_refused():
    with pytest.raises(CourseError, match="evil.example.*refused"):
        ask(always(faulty.elsewhere), path=f"{PAGE}?api_key={KEY}")


def busiest_second(times):
    """The most moments that lie within one second."""
    return max(sum(t <= moment < t + 1 for moment in times) for t in times)


class Clock:
    """Time that passes only where somebody sleeps or works."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize("rate", [5, 40])
@pytest.mark.parametrize("work", [0.0, 0.01, 0.3])
def test_the_rate_is_kept_and_used(monkeypatch, rate, work):
    """Never above the limit, and close to it where the visitor has something to ask."""
    clock, moments = Clock(), []
    monkeypatch.setattr(http, "time", clock)
    pacer = http.Pacer(rate)
    for _ in range(5 * rate):
        pacer.wait()
        moments.append(clock.now)
        clock.now += work
    assert busiest_second(moments) <= rate
    possible = min(rate, 1 / work if work else rate)
    assert (len(moments) - 1) / (moments[-1] - moments[0]) >= 0.9 * possible


def test_many_threads_share_one_rate():
    """However many ask, and whatever else the computer does, they can't be quicker together."""
    with practice_server(films(), GENRES, every=0) as (url, log):
        session = polite_session(rate=40)
        start = time.monotonic()
        each(lambda n: session.get(f"{url}{PAGE}?page={n}"), list(range(60)), "pages")
        assert len(log) == 60 and time.monotonic() - start >= 59 / 40


@pytest.mark.parametrize(
    "fault",
    [
        faulty.status(500),
        faulty.status(401),
        faulty.reset,
        faulty.half,
        faulty.stall(0.4),
        faulty.huge,
        faulty.elsewhere,
    ],
    ids=["500", "401", "reset", "half", "stall", "huge", "elsewhere"],
)
def test_the_key_shows_in_no_error_and_no_log(fault, monkeypatch, caplog):
    monkeypatch.setenv("TMDB_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    shown = "nothing"
    try:
        answer, _ = ask(always(fault), path=f"{PAGE}?api_key={KEY}", tries=2, timeout=0.2)
        answer.raise_for_status()
    except (CourseError, requests.RequestException):
        shown = traceback.format_exc()
    assert shown != "nothing", "the fault was felt"
    assert KEY not in shown and KEY not in caplog.text


def test_a_download_goes_on_where_it_stopped(tmp_path):
    sent = []

    def hang_up(handler):
        """Send a third of the file, then hang up."""
        content = handler.services._basics
        sent.append(handler.headers.get("Range"))
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.send_header("ETag", f'"{len(content)}"')
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 3])
        handler.close_connection = True

    with practice_server(films(20_000), GENRES, every=0, fault=first(hang_up)) as (url, log):
        session = polite_session(rate=200, pause=0.01, redirect=practice_redirect(url))
        file = download(
            "https://datasets.imdbws.com/title.basics.tsv.gz", tmp_path / "basics.gz", session
        )
    statuses = [code for code, path in log if path.endswith(".gz")]
    assert statuses == [206], "the second request asked for the rest only"
    assert gzip.decompress(file.read_bytes()).count(b"\n") == 20_001
    assert sorted(path.name for path in tmp_path.iterdir()) == ["basics.gz"], "nothing else is left"


def test_a_download_with_a_wrong_checksum_is_not_kept(tmp_path):
    with practice_server(films(), GENRES, every=0) as (url, _):
        session = polite_session(rate=200, redirect=practice_redirect(url))
        with pytest.raises(CourseError, match="checksum"):
            download(
                "https://datasets.imdbws.com/title.basics.tsv.gz",
                tmp_path / "basics.gz",
                session,
                md5="0" * 32,
            )
    assert not list(tmp_path.glob("basics.gz*"))


def test_a_download_of_another_version_starts_over(tmp_path):
    (tmp_path / "basics.gz.part").write_bytes(b"old bytes")
    (tmp_path / "basics.gz.etag").write_text('"another version"')
    with practice_server(films(), GENRES, every=0) as (url, _):
        file = download(
            "https://datasets.imdbws.com/title.basics.tsv.gz",
            tmp_path / "basics.gz",
            polite_session(rate=200, redirect=practice_redirect(url)),
        )
    assert not file.read_bytes().startswith(b"old")


def test_offline_nothing_is_downloaded(tmp_path):
    with pytest.raises(CourseError, match="offline"):
        download("https://datasets.imdbws.com/title.basics.tsv.gz", tmp_path / "x.gz")


def test_the_first_error_calls_the_rest_off():
    done = []

    def work(n):
        done.append(n)
        time.sleep(0.01)
        if n == 3:
            raise ValueError("no")

    with pytest.raises(ValueError):
        each(work, list(range(500)), "work", workers=2)
    assert len(done) < 100
