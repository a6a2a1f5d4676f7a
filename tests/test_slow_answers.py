"""Answers that come a letter at a time: each would be whole in the end, and nobody waits for it."""

import faulty
import pytest
import requests
from faulty import GENRES, always, films

from genre_tutorial.core import downloads
from genre_tutorial.core.connections import BadAnswer
from genre_tutorial.core.downloads import download
from genre_tutorial.core.http import PoliteSession, polite_session
from genre_tutorial.core.settings import CourseError
from genre_tutorial.sources.practice import practice_server

SLOW = (BadAnswer, requests.ConnectionError, requests.Timeout)


@pytest.fixture
def server(request):
    """A server with the fault of this test."""
    with practice_server(films(3), GENRES, every=0, fault=always(request.param)) as (url, log):
        yield url, log


@pytest.mark.parametrize("server", faulty.SLOW_HEADS.values(), ids=faulty.SLOW_HEADS, indirect=True)
@pytest.mark.parametrize("stream", [False, True])
def test_a_head_that_drips_is_given_up(server, stream):
    session = polite_session(tries=1, timeout=0.3, pause=0.01)
    with pytest.raises(SLOW):
        session.get(f"{server[0]}/tmdb/3/x", stream=stream)
    assert len(server[1]) == 1


@pytest.mark.parametrize(
    "server", faulty.SLOW_BODIES.values(), ids=faulty.SLOW_BODIES, indirect=True
)
def test_a_body_that_drips_between_its_chunks_is_given_up(server, monkeypatch):
    monkeypatch.setattr(PoliteSession, "slowest", 0.3)
    with pytest.raises(BadAnswer, match="sends too slowly"):
        polite_session(tries=1, timeout=5.0).get(f"{server[0]}/tmdb/3/x")


@pytest.mark.parametrize("server", [faulty.SLOW_BODIES["the length of a chunk"]], indirect=True)
def test_a_download_that_drips_between_its_chunks_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "SLOW_SPAN", 0.3)
    monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "0")
    with pytest.raises(CourseError, match=r"could not be fetched whole \(ReadTimeoutError\)"):
        download(f"{server[0]}/x", tmp_path / "x", polite_session(tries=1, timeout=5.0), tries=1)


def slow_head(handler):
    """A whole answer, its headers in a few pieces."""
    faulty.slowly(faulty.STATUS[:5], faulty.STATUS[5:] + faulty.BODY)(handler)


@pytest.mark.parametrize("server", [slow_head], indirect=True)
def test_an_answer_that_is_only_a_little_slow_is_taken(server):
    assert polite_session(tries=1, timeout=60.0).get(f"{server[0]}/tmdb/3/x").json() == {}


def test_a_connection_is_used_again_and_a_streamed_body_may_take_its_time():
    def in_time(handler):
        handler.reply(200, b"{}")

    with practice_server(films(3), GENRES, every=0, fault=always(in_time)) as (url, _):
        session = polite_session(tries=1, rate=2000)
        for _ in range(3):
            assert session.get(f"{url}/x").json() == {}
        pools = session.get_adapter(url).poolmanager.pools
        (key,) = pools.keys()
        pool = pools[key]
        assert (pool.num_connections, pool.num_requests) == (1, 3)
        with session.get(f"{url}/x", stream=True) as answer:
            assert answer.raw.read() == b"{}"


def test_connections_through_a_proxy_are_bounded_too():
    with practice_server(
        films(3), GENRES, every=0, fault=always(faulty.SLOW_HEADS["a header"])
    ) as (url, log):
        session = polite_session(tries=1, timeout=0.3, pause=0.01)
        with pytest.raises(SLOW):
            session.get("http://service.example/x", proxies={"http": url})
        assert len(log) == 1


def test_silence_is_still_a_time_out():
    silent = always(faulty.stall(5.0))
    with (
        practice_server(films(3), GENRES, every=0, fault=silent) as (url, _),
        pytest.raises((requests.Timeout, requests.ConnectionError)),
    ):
        polite_session(tries=1, timeout=0.2).get(f"{url}/x")
