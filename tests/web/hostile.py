"""Five hundred requests that mean harm, as bytes: nothing of a client library stands between them and the server."""

import json
import random
from collections.abc import Iterator

from .raw import Site

SECRETS = ("secret.txt", "run2/report.html", "etc/passwd", "run.json", "catalogue.sqlite")
UP = (
    "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "%252e%252e%252f", "..\\", "..%5c", "%c0%ae%c0%ae%c0%af", "....//",
    "..;/", "%2e%2e%5c", "..%00/", "..%u2215", "%ef%bc%8e%ef%bc%8e/", "/", "//", "%2f", "file:///", "~/", "%5c%5c",
)  # fmt: skip
PLACES = ("/static/", "/api/files/", "/api/files/figures/", "/", "/api/pictures/", "/static/js/")
HOSTS = (
    "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "",
    "localhost:{port}@evil.example", "evil.example#127.0.0.1:{port}", "127.0.0.1:{port}, evil.example",
    "0.0.0.0:{port}", "[::1]:1", "[evil]:{port}", "127.1:{port}", "2130706433:{port}", "127.0.0.1:{port}0",
    "LOCALHOST.:{port}",
    "127.0.0.1:{port}/parts", "127.0.0.1:٨٠", "\xff\xfe:{port}", ":{port}", "169.254.169.254", "a" * 300 + ":{port}",
)  # fmt: skip
ORIGINS = (
    "null", "http://evil.example", "http://127.0.0.1", "https://127.0.0.1:{port}", "http://127.0.0.1:{port}.evil.example",
    "http://127.0.0.1:{port}/", "http://localhost:{port}", "http://evil.example:{port}",
    "file://", "", "*", "http://127.0.0.1:{port}, http://evil.example", "chrome-extension://abc", "http://[::1]:{port}",
    "HTTP://127.0.0.1:{port}", "http://user@127.0.0.1:{port}",
)  # fmt: skip
CHANGES = (
    ("POST", "/api/fits", {"k": 3}),
    ("PUT", "/api/parts/1/name", {"name": "taken"}),
    ("DELETE", "/api/pictures/1", None),
    ("POST", "/api/search", {"picture": 1}),
    ("POST", "/api/fits/1/cancel", None),
    ("POST", "/api/fits/1/open", None),
    ("POST", "/api/selection", {"numbers": [1]}),
    ("POST", "/api/ranks", {"to": 3}),
    ("POST", "/api/ranks/1/cancel", None),
)
BODIES = (
    b'{"k": NaN}', b'{"k": Infinity}', b'{"k": -Infinity}', b'{"k": 1e999}', b'{"k": 3.5}', b'{"k": "3"}',
    b'{"k": null}', b'{"k": true}', b'{"k": [1]}', b'{"k": {"a": 1}}', b'{"k": 99999999999999999999999999}',
    b'{"k": -1}', b'{"k": 0}',
    b'{"k": 1001}', b"[" * 100_000, b'{"a":' * 50_000, b"[" * 400_000 + b"]" * 400_000, b"{", b"", b"null",
    b"[]", b'""', b"\xff\xfe\x00", b'{"k": 3, "out": "/tmp/x"}', b'{"k": 3, "source": "/etc"}',
    b'{"k": 3, "max_iter": 0}',
    b'{"k": 3, "max_iter": 1e12}', b'{"k": 3, "tol": -1}', b'{"k": 3, "tol": NaN}', b'{"k": 3, "solver": "../x"}',
    b'{"k": 3, "solver": ["hals"]}', b'{"k": 3, "init": "custom"}', b'{"k": 3, "seed": -1}', b'{"k": 3, "seed": 1e40}',
    b"1" * 5000, b'{"k": ' + b"1" * 5000 + b"}", b'{"k": 3' + b" " * 999_999 + b"}", b'{"\\ud800": 1}',
    b'{"k": "\\u0000"}', b"k=3&seed=0", b"\xef\xbb\xbf{}", b'{"k": 3, "k": NaN}',
)  # fmt: skip
SEARCHES = (
    {"code": [1, 2]}, {"code": []}, {"code": [1e308] * 4}, {"code": [None] * 4}, {"code": [1.0] * 100_000},
    {"picture": -1}, {"picture": 2**63}, {"picture": 2**64}, {"picture": 10**400}, {"picture": "1"}, {"picture": 1.5},
    {"picture": 1, "n": 0}, {"picture": 1, "n": -5}, {"picture": 1, "n": 10**9}, {"picture": 1, "measure": "x" * 9999},
    {"picture": 1, "measure": "__class__"}, {"picture": 1, "weights": [1]}, {"picture": 1, "weights": {"99": 1}},
    {"picture": 1, "weights": [-1] * 4}, {"picture": 1, "label": "\x00"}, {"picture": 1, "label": "x" * 9999},
    {"picture": 1, "code": [0] * 4}, {}, {"parts": {}}, {"parts": {"1": -1}}, {"parts": {"0": 1}}, {"parts": {"x": 1}},
    {"parts": {str(one): 1 for one in range(5000)}}, {"path": "/etc/passwd"}, {"url": "http://169.254.169.254/"},
)  # fmt: skip
QUERIES = (
    "picture=1&n=nan", "picture=%00", "picture=1e3", "picture=1&picture=2&n=1&n=0", "parts=1:nan", "parts=1:inf",
    "parts=1", "parts=:", "parts=" + "1:1," * 3000, "picture=1&weights=1:-1", "picture=1&only=99", "picture=1&only=,",
    "picture=" + "9" * 5000, "picture=9223372036854775808", "picture=-9223372036854775809", "picture=1&label=%ff%fe",
    "parts=1:1e400", "parts=%D9%A3:1", "picture=1&measure=euclidean'--", "a=" + "b" * 15_000, "parts=1:1&only=%00",
)  # fmt: skip
NUMBERS = (
    "0", "-1", "1.0", "1e3", "9" * 18, "9" * 40, "9" * 900, "0x1", "%31", "1%00", "1;drop", "1'", "½", "٣", "1/..",
    "NaN", "1%0d%0aSet-Cookie:a=b", "1_0", "+1", "%20", "01", "1%2f..%2f2",
)  # fmt: skip


def requests(site: Site) -> Iterator[tuple[str, bytes]]:
    """Yield what each one tries, and its bytes; the same ones every time."""
    yield from traversals(site)
    yield from strangers(site)
    yield from bodies(site)
    yield from addresses(site)
    yield from lines(site)
    yield from uploads(site)


def line(site: Site, method: str, path: str, body: bytes | None = None, **headers: str | None) -> bytes:
    told: dict[str, str | None] = {"Host": site.host, "Connection": "close"}
    if body is not None:
        told["Content-Length"] = str(len(body))
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value is not None)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("utf-8", "surrogateescape") + (body or b"")


def trusted(site: Site) -> dict[str, str]:
    """What a page that has gone bad would have: the right token and origin."""
    return {"X_Partwise_Token": site.token, "Origin": f"http://{site.host}"}


def traversals(site: Site) -> Iterator[tuple[str, bytes]]:
    rng = random.Random(0)
    for place in PLACES:
        for up in UP:
            path = place + up * rng.choice((1, 2, 3, 8)) + rng.choice(SECRETS)
            yield f"traversal {path}", line(site, "GET", path.replace(" ", "%20"))


def strangers(site: Site) -> Iterator[tuple[str, bytes]]:
    for host in HOSTS:
        host = host.format(port=site.port)
        yield f"host {host[:40]}", line(site, "GET", "/api/run", Host=host)
        yield f"change by host {host[:40]}", line(site, "DELETE", "/api/pictures/1", **trusted(site), Host=host)
    yield "no host", b"GET /api/run HTTP/1.1\r\n\r\n"
    yield "two hosts", line(site, "GET", "/api/run").replace(b"\r\n", b"\r\nHost: evil.example\r\n", 1)
    yield "old protocol", b"GET /api/run HTTP/1.0\r\n\r\n"
    for origin in ORIGINS:
        origin = origin.format(port=site.port)
        for method, path, body in (("GET", "/api/pictures/1/thumbnail", None), *CHANGES[1:3]):
            sent = None if body is None else json.dumps(body).encode()
            told = {**trusted(site), "Origin": origin, "Content_Type": "application/json"}
            yield f"origin {origin} {method}", line(site, method, path, sent, **told)
    for fetched in ("cross-site", "same-site", "CROSS-SITE", "x"):
        yield f"fetched {fetched}", line(site, "GET", "/api/pictures/1/thumbnail", Sec_Fetch_Site=fetched)
        yield f"fetched {fetched}", line(site, "DELETE", "/api/pictures/1", **trusted(site), Sec_Fetch_Site=fetched)
    for token in (None, "", "x", "null", site.token[:-1], site.token + "x", site.token.swapcase(), "é" * 9):
        for method, path, body in CHANGES:
            sent = None if body is None else json.dumps(body).encode()
            told = {"Content_Type": "application/json", "X_Partwise_Token": token}
            yield f"token {token} {method} {path}", line(site, method, path, sent, **told)
    two = line(site, "DELETE", "/api/pictures/1", X_Partwise_Token="x")
    yield "two tokens", two.replace(b"\r\n", f"\r\nX-Partwise-Token: {site.token}\r\n".encode(), 1)
    yield "token in address", line(site, "DELETE", f"/api/pictures/1?token={site.token}")
    yield "method overridden", line(site, "GET", "/api/pictures/1", X_HTTP_Method_Override="DELETE")


def bodies(site: Site) -> Iterator[tuple[str, bytes]]:
    told = {**trusted(site), "Content_Type": "application/json"}
    for body in BODIES:
        yield f"fit {body[:30]!r}", line(site, "POST", "/api/fits", body, **told)
        yield f"ranks {body[:30]!r}", line(site, "POST", "/api/ranks", body.replace(b'"k"', b'"to"'), **told)
    for one in SEARCHES:
        yield f"search {str(one)[:40]}", line(site, "POST", "/api/search", json.dumps(one).encode(), **told)
    for body in (
        b'{"code":[NaN,1,1,1]}',
        b'{"code":[Infinity,1,1,1]}',
        b'{"code":[1e999,1,1,1]}',
        b'{"code":["1",1,1,1]}',
    ):
        yield f"code {body!r}", line(site, "POST", "/api/nearest", body, **told)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "a" * 999):
        yield f"type {kind[:30]}", line(site, "POST", "/api/fits", b'{"k":3}', **{**told, "Content_Type": kind})
    for name in ("x" * 41, "1", "a:b", "a,b", ["x"], None, {"a": 1}, 5):
        yield f"name {name}", line(site, "PUT", "/api/parts/1/name", json.dumps({"name": name}).encode(), **told)
    for numbers in ([], [2**70], ["1"], [1.5], [None], [[1]], list(range(100, 100_101)), "1"):
        sent = json.dumps({"numbers": numbers}).encode()
        yield f"selection {str(numbers)[:30]}", line(site, "POST", "/api/selection", sent, **told)


def addresses(site: Site) -> Iterator[tuple[str, bytes]]:
    for query in QUERIES:
        yield f"query {query[:40]}", line(site, "GET", f"/api/search?{query}")
    for number in NUMBERS:
        for place in ("/api/pictures/{}/pixels", "/parts/{}", "/api/sheets/{}"):
            path = place.format(number)
            if "%31" not in path and path not in ("/parts/01", "/api/sheets/0", "/api/pictures/01/pixels"):
                yield f"number {path[:60]}", line(site, "GET", path.encode("utf-8").decode("latin-1"))
    for path in (
        "/" * 5000,
        "/api/" + "a/" * 500,
        "/%",
        "/%zz",
        "/\x7f",
        "/api/order?by=part:" + "9" * 30,
        "/api/map?method=os",
    ):
        yield f"path {path[:40]}", line(site, "GET", path)
    for method in ("TRACE", "CONNECT", "OPTIONS", "PATCH", "get", "X" * 500, "PROPFIND", "HEAD"):
        yield f"method {method[:20]}", line(site, method, "/api/fits/x")
    for path in ("http://evil.example/api/run", f"//{site.host}/api/run", "*", "evil.example:80"):
        yield f"target {path}", line(site, "GET", path)


def lines(site: Site) -> Iterator[tuple[str, bytes]]:
    """Headers and bodies that are not what they say."""
    ranges = (
        "bytes=0-",
        "bytes=" + ",".join(f"{i}-{i}" for i in range(5000)),
        "bytes=5-1",
        "bytes=-9999999999999",
        "x",
    )
    for value in ranges:
        yield f"range {value[:20]}", line(site, "GET", "/api/files/none.html", Range=value)
    yield "huge header", line(site, "GET", "/api/run", X="a" * 100_000)
    yield "many headers", line(site, "GET", "/api/run", **{f"X{i}": "a" for i in range(5000)})
    yield "header folded", b"GET /api/run HTTP/1.1\r\nHost: " + site.host.encode() + b"\r\n evil.example\r\n\r\n"
    yield "header with NUL", b"GET /api/run HTTP/1.1\r\nHost: a\x00b\r\n\r\n"
    yield "no request", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600
    yield "upgrade", line(site, "GET", "/api/none", Upgrade="websocket", Connection="Upgrade", Sec_WebSocket_Key="x")
    yield "http/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    told = {**trusted(site), "Content_Type": "application/json", "Transfer_Encoding": "chunked"}
    for chunks in (
        b"zz\r\n",
        b"-5\r\nabcde\r\n",
        b"ffffffffffffffffff\r\n",
        b"5;" + b"x" * 90_000,
        b"2\r\n{}\r\n0\r\n\r\n",
    ):
        yield f"chunks {chunks[:20]!r}", line(site, "POST", "/api/fits", **told) + chunks
    for length in ("-1", "1e3", "0x10", "99999999999999999999", "20000001", "1000001", "200000000", "+5", "5, 6", ""):
        told = {**trusted(site), "Content_Length": length, "Content_Type": "application/json"}
        yield f"length {length}", line(site, "POST", "/api/fits", **told) + b"{}"
    smuggled = {"Content_Length": "4", "Transfer_Encoding": "chunked", **trusted(site)}
    yield "smuggled", line(site, "POST", "/api/fits", **smuggled) + b"0\r\n\r\nGET /api/run HTTP/1.1\r\n\r\n"
    yield "body of a GET", line(site, "GET", "/api/run", b"x" * 1000)


def uploads(site: Site) -> Iterator[tuple[str, bytes]]:
    boundary = b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../evil.png"\r\n\r\nb\r\n'
    form = {**trusted(site), "Content_Type": "multipart/form-data; boundary=x"}
    for name, body in (
        ("10,000 parts", boundary * 10_000),
        ("preamble", b"a" * 900_000),
        ("one part", boundary + b"--x--"),
    ):
        yield f"multipart {name}", line(site, "POST", "/api/fits", body, **form)
        yield f"multipart {name} as a picture", line(site, "POST", "/api/codes", body, **form)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    pictures = (b"", svg, b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\x00" * 99, b"\xff\xd8\xff" + b"\x00" * 999, b"%PDF-1.7")
    for body in pictures:
        for name in ("x", "..%2f..%2fetc%2fpasswd"):
            yield f"upload {body[:8]!r}", line(site, "POST", f"/api/codes?name={name}", body, **trusted(site))
