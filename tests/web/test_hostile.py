"""Hostile requests over raw sockets: nothing escapes, nothing changes, nothing breaks."""

import hashlib
import socket
import time
from collections import Counter

from .conftest import SECRET
from .hostile import line, requests, trusted
from .raw import read_reply

LEAKS = (SECRET.encode(), b"root:x:0:0", b"SQLite format 3", b"Traceback", b"site-packages")
REFUSED = range(400, 500)


def state_of(run):
    """Every file of a run and of what lies beside it, but SQLite's notes for its readers."""
    files = [one for one in run.parent.rglob("*") if one.is_file() and not one.name.endswith(("-wal", "-shm"))]
    return {str(one.relative_to(run.parent)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


def test_five_hundred_hostile_requests_change_nothing_and_get_nothing(site):
    before, generation = state_of(site.run), site.get("/api/run")["generation"]
    told, wrong = Counter(), []
    for what, data in requests(site):
        reply = site.send(data, 3.0 if what.startswith("chunks") else 30.0)
        told[reply.status] += 1
        if reply.status not in REFUSED and not harmless(what, reply):
            wrong.append((what, reply.status, reply.body[:200]))
        if any(leak in reply.body for leak in LEAKS):
            wrong.append((what, "leaks", reply.body[:200]))
    assert not wrong, "\n".join(str(one) for one in wrong)
    assert sum(told.values()) >= 500, told
    assert not [status for status in told if status >= 500], told
    assert state_of(site.run) == before
    assert site.get("/api/run")["generation"] == generation
    assert site.get("/api/fits")["fits"] == []
    assert site.get("/api/ranks")["ranks"] == []


def harmless(what, reply):
    """A few are answered: a listed file by a longer way of writing it, the form of a method that only reads."""
    if reply.status == 0:  # the line was closed on what is no HTTP
        return what.startswith(("chunks", "no request", "http/2", "length"))
    if what == "method overridden":
        return b'"number":1' in reply.body  # and it is still there afterwards
    listed = what.startswith("traversal") and reply.status in (200, 307) and b"secret" not in reply.body
    return listed or (what.startswith("query") and reply.status == 200)


def test_a_body_of_200_mb_is_refused_before_it_has_come(site):
    for declared in ("200000000", None):
        told = {**trusted(site), "Content_Length": declared}
        if declared is None:
            told["Transfer_Encoding"] = "chunked"
        sent, began = 0, time.monotonic()
        with socket.create_connection(("127.0.0.1", site.port), timeout=30) as out:
            out.sendall(line(site, "POST", "/api/codes", **told))
            chunk = b"\xff" * (1 << 20)
            chunk = chunk if declared else b"100000\r\n" + chunk + b"\r\n"
            try:
                while sent < 200_000_000:
                    out.sendall(chunk)
                    sent += 1 << 20
            except (BrokenPipeError, ConnectionResetError):
                pass
            reply = read_reply(out)
        assert reply.status == 413, (declared, reply)
        assert "limit is 20 MB" in reply.json["error"]
        assert sent < 60_000_000, sent
        assert time.monotonic() - began < 20


def test_a_range_of_64_kb_costs_nothing(site):
    value = "bytes=" + ",".join(f"{i}-" for i in range(4000))
    began = time.monotonic()
    reply = site.ask("GET", "/api/files/report.html", Range=value)
    assert reply.status == 200
    assert "accept-ranges" not in reply.headers
    assert time.monotonic() - began < 5


def test_a_body_that_says_more_than_it_holds_is_given_up(site):
    told = {**trusted(site), "Content_Length": "500", "Content_Type": "application/json"}
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as out:
        out.sendall(line(site, "POST", "/api/fits", **told) + b'{"k": 3}')
        out.shutdown(socket.SHUT_WR)
        reply = read_reply(out)
    assert reply.status in (0, *REFUSED)
    assert site.get("/api/fits")["fits"] == []
