"""Films, and services that misbehave, for the tests of scraping."""

import gzip
import json
import socket
import time
from urllib.parse import parse_qs, urlsplit

import pandas as pd

GENRES = {"Crime": 80, "Drama": 18, "Horror": 27}
KEY = "marker-key-5d41402abc4b2a76"


def films(n=60):
    """n small films."""
    names = list(GENRES)
    return pd.DataFrame(
        {
            "title": [f"Film {i}" for i in range(n)],
            "year": [1980 + i % 20 for i in range(n)],
            "release_date": pd.NaT,
            "overview": [f"Plot number {i} of a film." for i in range(n)],
            "original_language": "en",
            "director": "Somebody",
            "genres": [[names[i % 3]] for i in range(n)],
        },
        index=range(1, n + 1),
    )


def status(code, **headers):
    """Answer with a status."""
    return lambda handler: handler.reply(code, b"{}", **headers)


def raw(body, **headers):
    """Answer 200 with these bytes."""
    return lambda handler: handler.reply(200, body, **headers)


def as_json(value):
    """Answer 200 with this value."""
    return raw(json.dumps(value).encode(), Content_Type="application/json")


def true_answer(handler):
    """What the practice server would answer, as a fresh copy."""
    url = urlsplit(handler.path)
    _, service, rest = url.path.split("/", 2)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    return json.loads(json.dumps(getattr(handler.services, service)(f"/{rest}", query)))


def changed(change):
    """Answer the truth after a function has been at it."""

    def fault(handler):
        answer = true_answer(handler)
        result = change(answer)
        body = answer if result is None else result
        handler.reply(200, json.dumps(body).encode(), Content_Type="application/json")

    return fault


BOMB = gzip.compress(b" " * 30_000_000, 1)


def bomb(handler):
    """A small body that unpacks to thirty million bytes."""
    handler.reply(200, BOMB, Content_Encoding="gzip")


def cut_chunks(handler):
    """A chunked body without an end."""
    headers_only(handler, Transfer_Encoding="chunked")
    handler.wfile.write(b"10\r\n{")
    handler.close_connection = True


def odd_length(handler):
    """A length that is no number, and a line that stays open."""
    headers_only(handler, Content_Length="abc")
    handler.wfile.write(b'{"results"')


def reset(handler):
    """Hang up."""
    handler.log.append((0, "reset"))
    handler.connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    handler.connection.close()
    handler.close_connection = True


def stall(seconds):
    """Say nothing for a while."""

    def wait(handler):
        time.sleep(seconds)
        handler.close_connection = True

    return wait


def half(handler):
    """Promise a thousand bytes, send ten, hang up."""
    handler.log.append((200, "half"))
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"results"')
    handler.close_connection = True


def headers_only(handler, code=200, **headers):
    """Send a status and headers, no length among them unless it is given."""
    handler.log.append((code, "headers"))
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def drip(seconds, length="1000"):
    """A letter now and then, as long as the visitor stays."""

    def fault(handler):
        headers_only(handler, Content_Length=length)
        handler.close_connection = True
        try:
            for _ in range(int(length)):
                handler.wfile.write(b" ")
                time.sleep(seconds)
        except OSError:
            return

    return fault


def slowly(letters, after=b"", seconds=0.02):
    """Bytes one by one, and the rest of the answer if the visitor is still there."""

    def fault(handler):
        handler.log.append((200, "slowly"))
        handler.close_connection = True
        try:
            for letter in letters:
                handler.wfile.write(bytes([letter]))
                time.sleep(seconds)
            handler.wfile.write(after)
        except OSError:
            return

    return fault


STATUS = b"HTTP/1.1 200 OK\r\n"
BODY = b"Content-Length: 2\r\n\r\n{}"
CHUNKED = STATUS + b"Transfer-Encoding: chunked\r\n\r\n"
SLOW_HEADS = {  # ten seconds or more each, then a whole answer
    "a status line": slowly(b"HTTP/1.1 200 " + b"O" * 500, b"\r\n" + BODY),
    "a header": slowly(STATUS + b"X-Slow: " + b"x" * 500, b"\r\n" + BODY),
    "many headers": slowly(STATUS + b"X: 1\r\n" * 90, BODY),
    "many goings-on": slowly(b"HTTP/1.1 100 Continue\r\n\r\n" * 25, STATUS + BODY),
}
SLOW_BODIES = {
    "the length of a chunk": slowly(CHUNKED + b"2;" + b"x" * 500, b"\r\n{}\r\n0\r\n\r\n"),
    "what comes after the last chunk": slowly(
        CHUNKED + b"2\r\n{}\r\n0\r\nX: " + b"x" * 500, b"\r\n\r\n"
    ),
}


def huge(handler):
    """Promise ten gigabytes."""
    handler.log.append((200, "huge"))
    handler.send_response(200)
    handler.send_header("Content-Length", str(10 * 2**30))
    handler.end_headers()
    handler.close_connection = True


def elsewhere(handler):
    """Send the visitor to another host."""
    handler.reply(302, b"", Location="http://evil.example/?" + handler.path.partition("?")[2])


def first(fault, times=1, where=""):
    """Misbehave the first few times a path is asked for, then answer."""
    return lambda path, n: fault if n <= times and where in path else None


def always(fault, where=""):
    """Misbehave every time."""
    return lambda path, n: fault if where in path else None
