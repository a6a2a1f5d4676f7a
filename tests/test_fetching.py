"""The session and the download against a server that misbehaves on purpose."""

import gzip
import logging
import os
import socket
import time
import traceback

import faulty
import pytest
import requests
from faulty import GENRES, KEY, always, films, first

from genre_tutorial.core import downloads, files, http, locks
from genre_tutorial.core.downloads import download
from genre_tutorial.core.http import PoliteSession, each, polite_session, retry_after
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
    answer, log = ask(first(faulty.stall(5)), timeout=3)  # a busy machine answers late
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


class Clock:
    """Time that passes only where somebody sleeps or works."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_after_a_429_it_waits_as_told(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(http, "time", clock)
    answer, _ = ask(first(faulty.status(429, Retry_After=7)))
    assert answer.ok and 107 <= clock.now < 108


def test_a_429_stops_every_thread():
    asked = []

    def fault(path, n):
        asked.append(path)
        return faulty.status(429, Retry_After=1) if len(asked) == 4 else None

    with practice_server(films(), GENRES, every=0, fault=fault) as (url, _):
        session = polite_session(rate=20, pause=0.01)
        each(lambda n: session.get(f"{url}{PAGE}?page={n}"), list(range(12)), "pages", workers=2)
    assert len(asked) == 13
    # The other worker may be on its way, or wake first; going on, it would ask for all eight left.
    between = asked.index(asked[3], 4) - 4
    assert between <= 3, "nobody asks in the second we were told to wait"


@pytest.mark.parametrize(
    "told,seconds",
    [("3", 3), ("0.5", 0.5), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None), ("", None)],
)
def test_retry_after_is_a_number_or_a_date(told, seconds):
    response = requests.Response()
    response.headers["Retry-After"] = told
    assert retry_after(response) == seconds


def test_a_lasting_fault_ends():
    answer, log = ask(always(faulty.status(503)), tries=3)
    assert answer.status_code == 503 and len(log) == 3
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


@pytest.mark.parametrize(
    "place", ["//evil.example/x", "HTTP://evil.example/", "ftp://evil.example"]
)
def test_another_host_is_refused_however_it_is_written(place):
    with pytest.raises(CourseError, match="evil.example.*refused"):
        ask(always(faulty.status(302, Location=place)))


@pytest.mark.parametrize("place", ["http://[bad/", "http://\xff\xfe"])
def test_an_address_nobody_can_read_is_refused(place):
    with pytest.raises(CourseError):
        ask(always(faulty.status(302, Location=place)))


def test_no_way_leads_from_https_down_to_http():
    answer = requests.Response()
    answer.status_code, answer.url = 302, "https://api.example/3/movie"
    answer.headers["Location"] = "http://api.example/3/movie"
    with pytest.raises(CourseError, match="from https to http; refused"):
        PoliteSession().get_redirect_target(answer)
    answer.headers["Location"] = "/3/other"
    assert PoliteSession().get_redirect_target(answer) == "/3/other"


def test_a_session_needs_no_maker():
    with practice_server(films(), GENRES, every=0) as (url, _):
        assert PoliteSession().get(url + PAGE).json()["page"] == 1


def test_tries_are_counted_below_redirects():
    """An address that sends us on to one that fails: one request, then the tries of the other."""

    def fault(path, n):
        if "page=2" in path:
            return faulty.status(503)
        return faulty.status(302, Location=f"{PAGE}?page=2")

    answer, log = ask(fault, tries=6)
    assert answer.status_code == 503 and len(log) == 1 + 6


def test_a_circle_of_redirects_ends():
    log = []

    def fault(path, n):
        log.append(path)
        return faulty.status(302, Location=PAGE)

    with pytest.raises(requests.TooManyRedirects):
        ask(fault)
    assert len(log) == 6


@pytest.mark.parametrize("told", ["9" * 400, "86400", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_an_absurd_wait_is_refused_aloud(told):
    log = []

    def fault(path, n):
        log.append(path)
        return faulty.status(429, Retry_After=told)

    with pytest.raises(CourseError, match="longer than 120 seconds.*run again later"):
        ask(fault)
    assert len(log) == 1


def test_the_longest_wait_is_the_longest(monkeypatch):
    monkeypatch.setattr(http, "LONGEST_WAIT", 0.5)
    with pytest.raises(CourseError, match="run again later"):
        ask(first(faulty.status(429, Retry_After=1)))


def test_a_long_wait_is_announced(capsys, monkeypatch):
    monkeypatch.setattr(http.PatientRetry, "WORTH_A_WORD", 0.5)
    ask(first(faulty.status(429, Retry_After=1)))
    assert "is busy; the next try follows in 1 second" in capsys.readouterr().out


def test_a_service_that_cannot_be_reached_is_not_called_busy(capsys, monkeypatch):
    monkeypatch.setattr(http.PatientRetry, "WORTH_A_WORD", 0.0)
    with pytest.raises(requests.ConnectionError):
        ask(always(faulty.reset), tries=2)
    said = capsys.readouterr().out
    assert "can't be reached; the next try follows in" in said and "busy" not in said


def test_without_a_network_only_the_first_request_waits(capsys, monkeypatch):
    monkeypatch.setattr(http.PatientRetry, "WORTH_A_WORD", 0.0)
    with socket.socket() as nobody:  # bound, so that nobody else listens there
        nobody.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        session = polite_session(tries=3, pause=0.01)
        for _ in range(5):
            with pytest.raises(requests.ConnectionError):
                session.get(place)
    assert capsys.readouterr().out.count("can't be reached") == 2


def test_a_host_that_has_answered_keeps_its_tries():
    with practice_server(films(), GENRES, every=0, fault=always(faulty.reset, "page=2")) as (
        url,
        log,
    ):
        session = polite_session(rate=200, tries=2, pause=0.01)
        session.get(url + PAGE)
        with pytest.raises(requests.ConnectionError):
            session.get(url + PAGE + "?page=2")
        tries = len(log)
        with pytest.raises(requests.ConnectionError):
            session.get(url + PAGE + "?page=2")
        assert len(log) == tries + 2


def test_halves_of_bodies_share_the_tries_of_the_rest():
    """Three failures of one kind, then of the other: never more requests than tries."""
    log = []

    def fault(path, n):
        log.append(path)
        return faulty.half if n % 2 else faulty.status(500)

    with pytest.raises(requests.RequestException):
        ask(fault, tries=5)
    assert len(log) == 5


def test_a_body_that_drips_is_given_up():
    with practice_server(films(), GENRES, every=0, fault=always(faulty.drip(0.05))) as (url, _):
        session = polite_session(rate=200, pause=0.01)
        session.slowest = 0.3
        with pytest.raises(CourseError, match="too slowly"):
            session.get(url + PAGE)


@pytest.mark.parametrize("length", ["abc", "-5", "1e3", " "])
def test_a_length_that_is_no_number_is_survived(length):
    def odd(handler):
        faulty.headers_only(handler, Content_Length=length)
        handler.wfile.write(b'{"page": 1}')
        handler.close_connection = True

    try:
        answer, _ = ask(always(odd), tries=2)
        assert answer.json() == {"page": 1}
    except requests.RequestException:
        pass  # a refusal is right too; a ValueError isn't


def test_a_packed_body_is_unpacked_and_limited():
    packed = faulty.raw(gzip.compress(b"x" * 100_000), Content_Encoding="gzip")
    answer, _ = ask(always(packed))
    assert answer.content == b"x" * 100_000
    with practice_server(films(), GENRES, every=0, fault=always(packed)) as (url, _):
        session = polite_session(rate=200, pause=0.01)
        session.max_bytes = 50_000
        with pytest.raises(CourseError, match="refused"):
            session.get(url + PAGE)


def busiest_second(times):
    """The most moments that lie within one second."""
    return max(sum(t <= moment < t + 1 for moment in times) for t in times)


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


def test_many_threads_share_one_rate(monkeypatch):
    """However many ask, and whatever else the computer does, they can't be quicker together."""
    with practice_server(films(), GENRES, every=0) as (url, log):
        clock = Clock()
        monkeypatch.setattr(http, "time", clock)
        session = polite_session(rate=40)
        each(lambda n: session.get(f"{url}{PAGE}?page={n}"), list(range(60)), "pages")
        assert len(log) == 60 and clock.now - 100 >= 59 / 40


@pytest.mark.parametrize(
    "fault",
    [
        faulty.status(500),
        faulty.status(401),
        faulty.reset,
        faulty.half,
        faulty.stall(2),
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
        answer, _ = ask(always(fault), path=f"{PAGE}?api_key={KEY}", tries=2, timeout=1)
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


BASICS = "https://datasets.imdbws.com/title.basics.tsv.gz"


def download_from(tmp_path, fault=None, count=60, **options):
    """Download IMDb's practice file; returns (content, what it should be, log)."""
    with practice_server(films(count), GENRES, every=0, fault=fault) as (url, log):
        session = polite_session(rate=200, pause=0.01, redirect=practice_redirect(url))
        path = download(BASICS, tmp_path / "basics.gz", session, **options)
        whole = polite_session(rate=200, redirect=practice_redirect(url)).get(BASICS)
        return path.read_bytes(), whole.content, log


def a_part(tmp_path, content, tag):
    """What a killed download leaves."""
    (tmp_path / "basics.gz.part").write_bytes(content)
    (tmp_path / "basics.gz.etag").write_text(tag)


def test_a_download_killed_after_its_last_byte_is_whole(tmp_path):
    whole = download_from(tmp_path)[1]
    (tmp_path / "basics.gz").unlink()
    a_part(tmp_path, whole, f'"{len(whole)}"')
    content, _, log = download_from(tmp_path)
    assert content == whole and log[0][0] == 416 and len(log) == 2


def test_a_part_longer_than_the_file_begins_anew(tmp_path):
    whole = download_from(tmp_path)[1]
    (tmp_path / "basics.gz").unlink()
    a_part(tmp_path, whole + b"more", f'"{len(whole)}"')
    content, _, log = download_from(tmp_path)
    assert content == whole and [status for status, _ in log[:2]] == [416, 200]


def test_another_part_than_was_asked_for_is_not_appended(tmp_path):
    whole = download_from(tmp_path)[1]
    (tmp_path / "basics.gz").unlink()
    a_part(tmp_path, whole[:100], f'"{len(whole)}"')

    def wrong(handler):
        handler.reply(206, whole[5:], Content_Range=f"bytes 5-{len(whole) - 1}/{len(whole)}")

    assert download_from(tmp_path, first(wrong))[0] == whole


@pytest.mark.parametrize("tag", ["", "\x00\x01", "a\nb", "\ud800"])
def test_a_damaged_record_of_a_part_means_a_fresh_start(tmp_path, tag):
    (tmp_path / "basics.gz.part").write_bytes(b"old")
    (tmp_path / "basics.gz.etag").write_bytes(tag.encode("utf-8", "surrogatepass"))
    content, whole, _ = download_from(tmp_path)
    assert content == whole


def test_a_download_survives_an_odd_length_and_a_reset(tmp_path):
    content, whole, log = download_from(tmp_path, first(faulty.reset, times=2))
    assert content == whole
    (tmp_path / "basics.gz").unlink()

    def odd(handler):
        faulty.headers_only(handler, Content_Length="abc")
        handler.wfile.write(whole)
        handler.close_connection = True

    assert download_from(tmp_path, first(odd))[0] == whole


def test_a_download_too_large_or_elsewhere_is_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(CourseError, match="evil.example"):
        download_from(tmp_path, always(faulty.elsewhere))
    with pytest.raises(CourseError, match="HTTPError.*start again"):
        download_from(tmp_path, always(faulty.status(404)))
    monkeypatch.setattr(downloads, "MOST_BYTES", 100)
    with pytest.raises(CourseError, match="larger than 100 bytes"):
        download_from(tmp_path)


def test_a_download_that_crawls_is_broken_off(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "SLOW_SPAN", 0.2)
    content, whole, _ = download_from(tmp_path, first(faulty.drip(0.05)))
    assert content == whole


def test_a_disk_that_takes_nothing_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "basics.gz.part").mkdir()
    with pytest.raises(CourseError, match="Can't write .*basics.gz.part"):
        download_from(tmp_path)
    (tmp_path / "a file").write_text("in the way")
    with (
        pytest.raises(CourseError, match="Can't write"),
        files.atomic_write(tmp_path / "a file" / "x.json") as part,
    ):
        part.write_text("x")
    (tmp_path / "folder.json").mkdir()
    with (
        pytest.raises(CourseError, match="Can't write"),
        files.atomic_write(tmp_path / "folder.json") as part,
    ):
        part.write_text("x")
    assert not list(tmp_path.rglob(".*")), "nothing is left beside it"


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    order = []
    fsync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda n: (order.append("fsync"), fsync(n)))
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("rename"), rename(a, b)))
    with files.atomic_write(tmp_path / "x.json") as part:
        part.write_text("x")
    assert order == ["fsync", "rename"]


def test_a_second_one_in_a_folder_is_told_who_holds_it(tmp_path):
    with (
        locks.hold_folder(tmp_path / "new"),
        pytest.raises(CourseError, match=f"Process {os.getpid()} is at work in .*new"),
        locks.hold_folder(tmp_path / "new"),
    ):
        pass
    with locks.hold_folder(tmp_path / "new"):
        pass  # free again
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(CourseError, match="Can't write into"),
        locks.hold_folder(tmp_path / "file"),
    ):
        pass


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
