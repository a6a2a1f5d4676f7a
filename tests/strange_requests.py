"""Requests that no program means: damaged in the body, the head, or as HTTP altogether."""

import json
import socket
from contextlib import suppress
from http.client import HTTPException, HTTPResponse

PLOT = "A sheriff hunts a killer through the desert."
GOOD = json.dumps({"plot": PLOT, "k": 2}).encode()
HEAD = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PLAIN = f"{HEAD}Content-Length: {len(GOOD)}\r\n\r\n".encode() + GOOD
DEEP = [("[", "]"), ('{"plot":', "}"), ('{"a":[', "]}")]
NUMBERS = ["NaN", "-Infinity", "1e400", "-0", "1E-9999", "9" * 400, "9" * 5000, "0.1e1", "01", "+1"]
PLACES = [
    "/predict",
    "/",
    "/health",
    "/openapi.json",
    "/docs",
    "/predict/",
    "//predict",
    "/nothing",
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "post"]
KINDS = [
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset*=x''%ff",
    "application/vnd.api+json",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 500,
    "application/x-www-form-urlencoded",
    "text/plain",
    "/",
    ";" * 50,
    "application/json" * 300,
    "appl\xeccation/json",
    "",
]
LENGTHS = ["-1", "+3", "0x10", "1e3", "abc", "", " ", "3, 3", "3, 4", "0", "9" * 19, "9" * 40, "٣"]
OTHERS = [
    "Expect: 100-continue",
    "Expect: something",
    "Upgrade: websocket",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x",
    "Connection: keep-alive, \xff",
    "Content-Encoding: gzip",
    "Accept: \xff/*;q=nan",
    "Accept-Encoding: " + "gzip," * 500,
    "X-Forwarded-For: ,,\xff,[::1",
    "X-Forwarded-Proto: javascript",
    "Forwarded: for=_x;host=films.example",
    "X-HTTP-Method-Override: DELETE",
    "Cookie: =; a=\x01",
    "Range: bytes=9-1",
    "Origin: null",
    "Authorization: Basic \xe4",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Folded: a\r\n b",
    "No colon here",
    ": no name",
    "Na me: a blank",
    "Nul: \x00",
    "Lone: \ra",
    "\r\n".join(f"X-{n}: {n}" for n in range(300)),
    "X-Long: " + "x" * 70_000,
]
HOSTS = [
    "",
    "films.example",
    "localhost:",
    "localhost:99999",
    "localhost:x",
    "[::1]",
    "localhost:[",
]
HOSTS += [
    "127.0.0.1@films.example",
    "LOCALHOST",
    "localhost\xff",
    "localhost, localhost",
    "a" * 9000,
]
NO_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # https
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET  / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\nHost: localhost\n\n",
    b"GET / http/1.1\r\nHost: localhost\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    b"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"\x00" * 100,
    b"SSH-2.0-OpenSSH_9.6\r\n",
]


def strange_bytes(rng, whole):
    """These bytes with other ones in them, cut off, or with something behind."""
    if rng.random() < 0.5:
        changed = bytearray(whole)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        return bytes(changed)
    return whole[: rng.randrange(len(whole))] + rng.randbytes(rng.randrange(20))


def strange_values(rng):
    """JSON that is JSON, with values nobody asked for."""
    value = rng.choice([None, True, -1, 10**30, 1e308, "", "x" * 30_000, [], {}, [[]], PLOT])
    keys = rng.choice([["plot", "k"], ["K", "plot"], ["", "k"], ["__class__"], list("plot" * 2000)])
    return json.dumps({key: rng.choice([value, PLOT, 3]) for key in keys}).encode()


def strange_letters(rng):
    """A plot of letters that are rare, or none: surrogates, controls, marks."""
    letters = [
        rng.randrange(0xD800),
        rng.randrange(0xD800, 0xE000),
        rng.randrange(0xE000, 0x110000),
    ]
    text = "".join(rng.choices([*map(chr, letters), "\x00", "\u0301", "\u202e", "a "], k=50))
    body = json.dumps({"plot": text * rng.choice([1, 1, 1, 400])}, ensure_ascii=rng.random() < 0.7)
    return body.encode(rng.choice(["utf-8", "utf-8", "utf-16", "utf-32"]), "surrogatepass")


def strange_json(rng):
    """Deep, twice, with a mark in front, or with numbers that are none."""
    left, right = rng.choice(DEEP)
    depth = rng.choice([10, 100, 300, 900, 990, 1000, 3000, 20_000])
    number = rng.choice(NUMBERS)
    return rng.choice(
        [
            (left * depth + right * rng.choice([depth, depth, depth - 1])).encode(),
            b'{"plot": %s}' % (b"[" * depth + b"]" * depth),
            f'{{"plot": "{PLOT}", "k": {number}}}'.encode(),
            b'{"plot": "a", "plot": 1, "k": 1, "k": 2}',
            b"\xef\xbb\xbf" + GOOD,
            b"// a comment\n" + GOOD,
            GOOD[:-1] + b",}",
            GOOD + b"\n" + GOOD,
            b'{"plot": "\\u00"}',
            b'"' + b"\\" * 999,
            b" " * rng.choice([100_000, 300_000, 2_000_000]),
            json.dumps({"plot": rng.choice("a\x00é🎬") * rng.choice([20_000, 70_000])}).encode(),
        ]
    )


def strange_body(rng):
    """A body as no program means it."""
    makers = [strange_values, strange_letters, strange_json]
    makers += [lambda rng: strange_bytes(rng, GOOD), lambda rng: rng.randbytes(rng.randrange(300))]
    return rng.choice(makers)(rng)


def strange_place(rng):
    """An address: known ones with something odd in or behind them."""
    parts = [
        "%00",
        "%ff",
        "%2f",
        "%",
        "..",
        "//",
        "[",
        "]",
        "@",
        ":",
        "?",
        "#",
        ";",
        "\\",
        "é",
        "%E2",
    ]
    place = rng.choice([*PLACES, "*", "http://films.example/predict", "predict", "", "//[::1", "?"])
    place += "".join(rng.choices(parts, k=rng.randrange(4)))
    asked = ["?k=3", "?" + "a=b&" * 900, "?%ff=%00", "?plot[]=a&plot[]=b", "?" * 50, "?\xff"]
    return place + rng.choice(["", *asked, "/" + "x" * rng.choice([300, 20_000, 80_000])])


def chunked(rng, body):
    """A body in parts; sometimes their sizes are wrong or their end is missing."""
    parts, at = [], 0
    while at < len(body):
        step = rng.choice([1, 7, 1000, 60_000])
        part, at = body[at : at + step], at + step
        parts.append(b"%x%s\r\n%s\r\n" % (len(part), rng.choice([b"", b"", b";a=b"]), part))
        if len(parts) > 2000:
            break
    fault = rng.randrange(8)
    if fault == 0:
        parts.append(
            rng.choice([b"-1\r\n", b"FFFFFFFFFFFFFFFF\r\n", b"g\r\n", b"5\r\nab\r\n", b"\r\n"])
        )
    end = rng.choice([b"0\r\n\r\n", b"0\r\nTrailer: x\r\n\r\n", b"000\r\n\r\n"])
    return b"".join(parts) + (b"" if fault == 1 else end)


def strange_request(rng):
    """The bytes of a request: something in it is odd, the rest as it should be."""
    body, method, place = strange_body(rng) if rng.random() < 0.5 else GOOD, "POST", "/predict"
    headers = {"Host": "localhost", "Content-Type": "application/json", "Connection": "close"}
    headers["Content-Length"] = str(len(body))
    odd = rng.choice(["body", "body", "place", "method", "header", "length", "chunks", "no http"])
    if odd == "place":
        place = strange_place(rng)
        method = rng.choice(["GET", "POST"])
    elif odd == "method":
        method = rng.choice(
            [*METHODS, "X" * rng.choice([1, 50, 20_000]), "", "GE\xffT", "(", "G T"]
        )
        place = rng.choice(PLACES)
    elif odd == "header":
        headers["Content-Type"] = rng.choice(KINDS)
        if rng.random() < 0.3:
            headers["Host"] = rng.choice(HOSTS)
        del headers[rng.choice(list(headers))]
    elif odd == "length":
        headers["Content-Length"] = rng.choice([*LENGTHS, str(len(body) - 1), str(len(body) + 1)])
    elif odd == "chunks":
        del headers["Content-Length"]
        headers["Transfer-Encoding"] = rng.choice(["chunked", "chunked", "Chunked", "chunked, x"])
        body = chunked(rng, body or GOOD)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if odd == "header" and rng.random() < 0.7:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice([*OTHERS, *lines]))
    head = f"{method} {place} HTTP/{rng.choice(['1.1'] * 9 + ['1.0'])}\r\n"
    whole = (head + "\r\n".join(lines) + "\r\n\r\n").encode("utf-8") + body
    if odd == "no http":
        damaged = strange_bytes(rng, whole[:2000])
        return rng.choice([damaged, damaged, rng.choice(NO_HTTP), whole + damaged])
    return whole


def ask_raw(port, request, patience=60):
    """Send bytes; (status, media type, body) of the answer, or None if there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as line:
        with suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(request)  # if it is refused before it is all said, the answer lies there
        answer = HTTPResponse(line, method="HEAD" if request.startswith(b"HEAD ") else None)
        try:
            answer.begin()
        except (HTTPException, ConnectionResetError):
            return None
        text = b""
        with suppress(ConnectionResetError):  # the rest of what was sent isn't read any more
            text = answer.read()
        return answer.status, answer.getheader("Content-Type", ""), text
