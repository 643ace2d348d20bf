"""Who is let in, and what every answer carries."""

import re
import subprocess
import sys

import pytest

from partwise.web.guard import POLICY, Door

from .raw import begin, end, free_port

TOKEN = "correct horse battery"


def door(host="127.0.0.1", port=8000):
    return Door(host, port, TOKEN, False, "session")


@pytest.mark.parametrize(
    ("host", "header", "known"),
    [
        ("127.0.0.1", b"127.0.0.1:8000", True),
        ("127.0.0.1", b"localhost:8000", True),
        ("127.0.0.1", b"LocalHost:8000", True),
        ("127.0.0.1", b"[::1]:8000", True),
        ("127.0.0.1", b"127.0.0.1", False),
        ("127.0.0.1", b"127.0.0.1:80", False),
        ("127.0.0.1", b"192.168.0.7:8000", False),
        ("127.0.0.1", b"localhost.evil.example:8000", False),
        ("0.0.0.0", b"192.168.0.7:8000", True),
        ("0.0.0.0", b"evil.example:8000", False),
        ("192.168.0.7", b"192.168.0.7:8000", True),
        ("192.168.0.7", b"192.168.0.8:8000", False),
        ("::1", b"[::1]:8000", True),
    ],
)
def test_a_host_is_known_by_its_header(host, header, known):
    assert door(host).knows(header) is known


def test_port_80_may_be_left_out():
    assert door(port=80).knows(b"127.0.0.1")
    assert door(port=80).knows(b"127.0.0.1:80")


def test_every_answer_carries_the_policy(site):
    for path in ("/parts", "/api/run", "/api/pictures/1/thumbnail", "/static/css/base.css", "/api/none", "/none"):
        headers = site.ask("GET", path).headers
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"
        assert not [name for name in headers if name.startswith("access-control")]
        assert "server" not in headers
    strange = site.ask("GET", "/api/run", Host="evil.example")
    assert strange.headers["content-security-policy"] == POLICY


def test_refusals_say_what_and_what_to_do(site):
    strange = site.ask("GET", "/api/run", Host=f"evil.example:{site.port}")
    assert strange.status == 400
    assert strange.json["error"] == f"Unknown host 'evil.example:{site.port}'. Open http://127.0.0.1:{site.port}."
    for headers in ({"Origin": "null"}, {"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        refused = site.ask("GET", "/api/pictures/1/thumbnail", **headers)
        assert (refused.status, refused.json["error"]) == (403, "Cross-site request refused.")
    without = site.ask("DELETE", "/api/pictures/1", X_Partwise_Token="x")
    assert without.status == 403
    assert "X-Partwise-Token" in without.json["hint"]
    missing = site.ask("GET", "/api/pictures/999999")
    assert missing.status == 404
    assert set(missing.json) == {"error", "hint"}


def test_a_browser_that_came_by_itself_is_let_in(site):
    for fetched in ("same-origin", "none"):
        assert site.ask("GET", "/parts", Sec_Fetch_Site=fetched).status == 200


def test_pages_carry_no_script_or_style_of_their_own(site):
    for path in ("/parts", "/pictures", "/api", "/parts/1", "/pictures/1", "/parts/99"):
        page = site.ask("GET", path, Accept="text/html").body.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son[a-z]+=|javascript:", page), path
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page), path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "error: Listening on all interfaces needs --token."),
        (["--host", "192.168.0.7"], "error: Listening on 192.168.0.7 needs --token."),
        (["--host", "::"], "error: Listening on all interfaces needs --token."),
        (["--host", "0.0.0.0", "--token", "short"], "error: --token wants at least 12 letters and digits, got 5."),
        (["--port", "0"], "error: --port wants a number from 1 to 65535, got 0."),
    ],
)
def test_it_does_not_listen_where_anybody_could_come(saved, options, said):
    done = subprocess.run(
        [sys.executable, "-m", "partwise", "serve", str(saved), *options], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.strip()) == (2, said)


def test_a_port_in_use_is_said_with_another(saved, site):
    command = [sys.executable, "-m", "partwise", "serve", str(saved), "--port", str(site.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.strip() == f"error: Port {site.port} is in use. Try --port {site.port + 1}."


def test_with_a_token_nothing_is_shown_before_it_is_given(saved):
    site = begin(saved, "--token", TOKEN, port=free_port())
    try:
        away = site.ask("GET", "/parts")
        assert (away.status, away.headers["location"]) == (303, "/enter?next=/parts")
        assert site.ask("GET", "/api").status == 303
        for path in ("/api/run", "/api/pictures/1/thumbnail", "/api/openapi.json"):
            assert site.ask("GET", path).status == 401, path
        form = site.ask("GET", "/enter?next=/pictures")
        assert form.status == 200
        assert TOKEN not in form.body.decode()
        wrong = site.ask("POST", "/enter", b"token=wrong&next=/pictures", X_Partwise_Token=None)
        assert wrong.status == 401
        right = site.ask("POST", "/enter", b"token=correct+horse+battery&next=/pictures", X_Partwise_Token=None)
        assert (right.status, right.headers["location"]) == (303, "/pictures")
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        pair = cookie.split(";")[0]
        assert site.ask("GET", "/parts", Cookie=f"a=b; {pair}").status == 200
        assert site.ask("GET", "/parts", Cookie=pair + "x").status == 303
        assert site.ask("GET", "/api/run", X_Partwise_Token=TOKEN).status == 200
        onward = site.ask("POST", "/enter", b"token=correct+horse+battery&next=//evil.example", X_Partwise_Token=None)
        assert onward.headers["location"] == "/parts"
        assert site.ask("POST", "/enter", b"token=x", X_Partwise_Token=None, Origin=None).status == 403
    finally:
        assert end(site)[0] == 0
