"""Fits from the page: started, watched, left, cancelled, opened."""

import json
import socket
import time

import pytest

from partwise.runs import load_run
from partwise.tasks.finder import Finder

from .hostile import line
from .raw import end


def events(site, fit, patience=60.0, enough=None, noun="fits"):
    """Read the stream of a fit to its end, or until `enough` says so."""
    found, data = [], b""
    with socket.create_connection(("127.0.0.1", site.port), timeout=patience) as out:
        out.sendall(line(site, "GET", f"/api/{noun}/{fit}/events"))
        while chunk := out.recv(1 << 16):
            data += chunk
            found = parsed(data)
            if enough is not None and enough(found):
                break
    return found


def parsed(data):
    import re

    # chunked: the sizes stand on lines of their own
    text = re.sub(r"(?m)^[0-9a-f]+\r\n", "", data.partition(b"\r\n\r\n")[2].decode()).replace("\r\n", "")
    found = []
    for block in text.split("\n\n"):
        told = dict(one.partition(": ")[::2] for one in block.splitlines() if not one.startswith(":"))
        if {"event", "data"} <= set(told):
            try:
                found.append((told["event"], json.loads(told["data"])))
            except ValueError:
                break  # the last one has not come whole
    return found


def finished(site, fit, patience=60.0, noun="fits"):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        told = site.get(f"/api/{noun}/{fit}")
        if told["state"] != "running":
            return told
        time.sleep(0.1)
    raise AssertionError(f"it is still running: {told}")


def test_a_fit_is_watched_to_its_end_and_opened(own_site):
    site = own_site
    about = site.get("/api/fits")
    assert about["n"] == 41
    assert {"hals", "mu"} <= set(about["solvers"])
    fit = site.post("/api/fits", {"k": 3, "max_iter": 80, "seed": 1, "solver": "mu", "tol": 0}, 202)["id"]
    told = events(site, fit)
    kinds = [kind for kind, _ in told]
    assert kinds[-1] == "end"
    stages = [data["stage"] for kind, data in told if kind == "shot"]
    assert list(dict.fromkeys(stages)) == ["reading", "starting", "fitting", "drawing"]
    errors = [data["error"] for kind, data in told if kind == "shot" and data["stage"] == "fitting"]
    assert errors == sorted(errors, reverse=True)
    parts = next(data for kind, data in told if kind == "parts")
    assert parts["shape"] == [24, 20]
    assert len(parts["parts"]) == 3
    assert len(parts["parts"][0]) == 480
    last = told[-1][1]
    assert (last["state"], last["k"], last["out"], last["iteration"]) == ("finished", 3, "own-k3", 80)
    assert events(site, fit)[-1] == told[-1], "who comes late sees it all"
    run = load_run(site.run.with_name("own-k3"))
    assert run.facts["relative_error"] == pytest.approx(last["error"], rel=1e-4)
    assert (run.path / "report.html").exists()
    assert len(Finder.of(run).entries) == 41
    assert site.post(f"/api/fits/{fit}/open", {})["name"] == "own-k3"
    assert site.get("/api/run")["k"] == 3
    assert "own-k3" in site.ask("GET", "/parts").body.decode()


def test_cancel_keeps_what_there_is_and_leaving_does_not(own_site):
    site = own_site
    fit = site.post("/api/fits", {"k": 4, "max_iter": 100_000, "tol": 0, "solver": "mu"}, 202)["id"]
    seen = events(site, fit, enough=lambda found: any(data.get("stage") == "fitting" for _, data in found))
    assert seen  # and the line is closed again
    assert site.get(f"/api/fits/{fit}")["state"] == "running"
    second = site.ask("POST", "/api/fits", {"k": 2})
    assert second.status == 409
    assert site.ask("POST", f"/api/fits/{fit}/open", {}).status == 409
    assert site.post(f"/api/fits/{fit}/cancel", {})["id"] == fit
    told = finished(site, fit)
    assert told["state"] == "cancelled"
    assert "the factors so far are kept" in told["reason"]
    assert load_run(site.run.with_name("own-k4")).facts["n_iter"] == told["iteration"]
    third = site.post("/api/fits", {"k": 4, "max_iter": 3}, 202)["id"]
    assert finished(site, third)["out"] == "own-k4-2"


def test_ctrl_c_ends_it_with_a_fit_running_and_watched(own_site):
    site = own_site
    fit = site.post("/api/fits", {"k": 2, "max_iter": 100_000, "tol": 0, "solver": "mu"}, 202)["id"]
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as out:
        out.sendall(line(site, "GET", f"/api/fits/{fit}/events"))
        events(site, fit, enough=lambda found: any(data.get("stage") == "fitting" for _, data in found))
        code, said, seconds = end(site)
    assert code == 0, said
    assert "Traceback" not in said, said
    assert seconds < 20
    assert load_run(site.run.with_name("own-k2")).facts["n_iter"] > 0, "what it had is saved"


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"k": 0}, "k", "k must be between 1 and 1000."),
        ({"k": 60}, "k", "You asked for 60 parts but the folder has 41 usable images."),
        ({"k": 3, "seed": -1}, "seed", "whole number"),
        ({"k": 3, "solver": "x"}, "solver", "no solver 'x'"),
        ({"k": 3, "init": "custom"}, "init", "no start 'custom'"),
        ({"k": 3, "max_iter": 0}, "max_iter", "between 1 and 100,000"),
        ({"k": 3, "tol": -1}, "tol", "at least 0"),
    ],
)
def test_a_wrong_field_is_named(site, asked, field, words):
    reply = site.ask("POST", "/api/fits", asked)
    assert reply.status == 422
    assert reply.json["field"] == field
    assert words in reply.json["error"]


def test_a_fit_of_pictures_that_are_gone_says_so(own_site, album, tmp_path):
    site = own_site
    away = album.with_name("moved away")
    album.rename(away)
    try:
        fit = site.post("/api/fits", {"k": 3}, 202)["id"]
        told = finished(site, fit)
        assert told["state"] == "failed"
        assert "not found" in told["reason"].lower()
        assert not site.run.with_name("own-k3").exists()
        assert site.ask("GET", "/api/pictures/1/pixels").status == 404
    finally:
        away.rename(album)
