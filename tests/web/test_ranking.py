"""Rank runs from the page: started, watched, cancelled, gone on with, found again."""

import json
import shutil

import pytest

from partwise.ranks import rank_report
from partwise.storage import read_json, write_json
from partwise.tasks.read import Reading, read_source

from .raw import begin, end, serving
from .test_fits import events, finished

ASKED = {"from": 1, "to": 6, "restarts": 2}
LINES = 4 + 2 + 2  # folds; all entries and shuffled columns; restarts


def ranked(site, name, patience=90.0):
    return finished(site, name, patience, "ranks")


def told(site, name, enough=None):
    return events(site, name, 90.0, enough, "ranks")


def fits_of(found):
    return [(data["line"], data["k"]) for kind, data in found if kind == "step"]


def test_a_rank_run_is_watched_to_its_end_and_its_report_is_found_again(own_site, album):
    site = own_site
    about = site.get("/api/ranks")
    assert (about["ranks"], about["n"], about["most"], about["found"]) == ([], 41, 41, False)
    assert about["defaults"] == {"from": 1, "to": 40, "step": 1, "restarts": 5, "seed": 0}
    assert site.ask("GET", "/api/rank-report").status == 404
    name = site.post("/api/ranks", ASKED, 202)["id"]
    seen = told(site, name)
    assert seen[-1][0] == "end"
    fits = fits_of(seen)
    assert len(set(fits)) == len(fits) == 6 * LINES
    assert {k for _, k in fits} == set(range(1, 7))
    assert {f"held-out, fold {fold}" for fold in (1, 2, 3, 4)} < {line for line, _ in fits}
    steps = [data for kind, data in seen if kind == "step"]
    shares = [step["share"] for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(step["value"] >= 0 and step["of"] == len(fits) for step in steps)
    assert steps[-1]["left"] == 0
    last = seen[-1][1]
    assert (last["state"], last["from"], last["to"], last["out"]) == ("finished", 1, 6, "own-ranks")
    assert told(site, name)[-1] == seen[-1], "who comes late sees it all"

    report = site.get("/api/rank-report")
    assert report["sentence"] == last["sentence"]
    assert report["out"] == "own-ranks"
    assert report["complete"]
    assert report["ks"] == list(range(1, 7))
    here = rank_report(read_source(album, Reading()).X, range(1, 7), n_restarts=2, random_state=0).to_dict()
    assert {**here, "seconds": 0} == {**{name: report[name] for name in here}, "seconds": 0}, "what the library says"
    criteria = {one["key"]: one for one in report["criteria"]}
    assert [key for key, one in criteria.items() if one["votes"]] == ["held-out", "permutation", "bend"]
    assert all(one["said"] and one["reliability"] for one in criteria.values())
    assert criteria["held-out"]["curves"][0]["k"] == report["ks"]
    assert report["galleries"] == report["candidates"]
    k = report["candidates"][0]
    gallery = site.get(f"/api/rank-report/parts/{k}")
    assert gallery["shape"] == [24, 20]
    assert [len(part) for part in gallery["parts"]] == [480] * k
    assert len(report["part_stability"][str(k)]) == k
    assert site.ask("GET", "/api/rank-report/parts/37").status == 404
    names = [one["name"] for one in report["files"]]
    assert {"rank.html", "rank.json"} < set(names)
    assert any(name.startswith("figures/") for name in names)
    page = site.ask("GET", "/api/rank-report/files/rank.html")
    assert page.status == 200
    assert page.headers["content-disposition"] == 'attachment; filename="rank.html"'
    assert report["sentence"].split(".")[0] in page.body.decode()
    for path in ("survey.json", "fits/survey.json", "parts.safetensors", "../own/run.json"):
        assert site.ask("GET", f"/api/rank-report/files/{path}").status == 404

    code, said, _ = end(site)
    assert code == 0, said
    with serving(site.run) as again:
        assert again.get("/api/ranks")["ranks"] == []
        assert again.get("/api/ranks")["found"]
        assert again.get("/api/rank-report") == report
        assert again.get(f"/api/rank-report/parts/{k}") == gallery
        fit = again.post("/api/fits", {"k": 4, "max_iter": 5}, 202)["id"]
        finished(again, fit)
        again.post(f"/api/fits/{fit}/open", {})
        assert again.get("/api/rank-report") == report, "what was made of the same pictures has the same report"


def test_cancel_keeps_the_fits_and_the_same_again_goes_on(own_site):
    site = own_site
    wanted = {"from": 1, "to": 40, "restarts": 5}
    name = site.post("/api/ranks", wanted, 202)["id"]
    before = told(site, name, lambda found: len(fits_of(found)) >= 12)
    for path, body in (("/api/ranks", {"to": 5}), ("/api/fits", {"k": 2})):
        busy = site.ask("POST", path, body)
        assert (busy.status, busy.json["error"]) == (409, "A rank run from 1 to 40 parts is running.")
        assert busy.json["hint"] == "Wait for it, or cancel it."
    assert site.post(f"/api/ranks/{name}/cancel", {})["id"] == name
    ended = ranked(site, name)
    assert ended["state"] == "cancelled", ended["reason"]
    assert "kept" in ended["reason"]
    assert 12 <= ended["fits"] < ended["of"] == 40 * 11
    report = site.get("/api/rank-report")
    assert not report["complete"]
    assert report["sentence"] == ended["sentence"]

    kept = fits_of(told(site, name))
    assert len(kept) >= len(fits_of(before))
    again = site.post("/api/ranks", wanted, 202)["id"]
    seen = told(site, again, lambda found: len(fits_of(found)) >= len(kept) + 8)
    site.post(f"/api/ranks/{again}/cancel", {})
    ranked(site, again)
    fits = fits_of(seen)
    assert fits[: len(kept)] == kept, "the points so far are there from the beginning"
    assert len(set(fits)) == len(fits), "and no fit is done twice"
    assert [one["id"] for one in site.get("/api/ranks")["ranks"]] == [again, name]


def test_a_fit_keeps_a_rank_run_waiting(own_site):
    site = own_site
    fit = site.post("/api/fits", {"k": 4, "max_iter": 100_000, "tol": 0, "solver": "mu"}, 202)["id"]
    busy = site.ask("POST", "/api/ranks", ASKED)
    assert (busy.status, busy.json["error"]) == (409, "A fit of 4 parts is running.")
    assert site.ask("GET", f"/api/ranks/{fit}").status == 404, "a fit is no rank run"
    site.post(f"/api/fits/{fit}/cancel", {})
    finished(site, fit)


def test_ctrl_c_ends_it_with_a_rank_run_going_on(own_site):
    site = own_site
    name = site.post("/api/ranks", {"to": 40}, 202)["id"]
    told(site, name, lambda found: len(fits_of(found)) >= 3)
    code, said, seconds = end(site)
    assert code == 0, said
    assert "Traceback" not in said, said
    assert seconds < 25
    assert list((site.run.parent / "own-ranks" / "fits").glob("*.fit"))


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"to": 60}, "to", "You asked for up to 60 parts but the folder has 41 usable images."),
        ({"to": 0}, "to", "To must be between 1 and 1000."),
        ({"from": 0, "to": 5}, "from", "From must be between 1 and 1000."),
        ({"from": 5, "to": 5}, "to", "leaves nothing to compare"),
        ({"from": 9, "to": 5}, "to", "leaves nothing to compare"),
        ({"to": 5, "step": 0}, "step", "The step must be between 1 and 1000."),
        ({"to": 5, "step": 9}, "to", "leaves nothing to compare"),
        ({"to": 5, "restarts": -1}, "restarts", "Restarts must be between 0 and 50."),
        ({"to": 5, "restarts": 51}, "restarts", "Restarts must be between 0 and 50."),
        ({"to": 5, "seed": -1}, "seed", "whole number"),
        ({"to": 5.5}, "to", "integer"),
        ({"to": "5"}, "to", "integer"),
        ({"to": True}, "to", "integer"),
        ({}, "to", "required"),
        ({"to": 5, "out": "/tmp/x"}, "out", "not permitted"),
        ({"to": 5, "first": 2}, "first", "not permitted"),
    ],
)
def test_a_wrong_field_is_named(site, asked, field, words):
    reply = site.ask("POST", "/api/ranks", asked)
    assert reply.status == 422
    assert reply.json["field"] == field
    assert words in reply.json["error"]


def test_nobody_starts_one_without_the_token(site):
    for path in ("/api/ranks", "/api/ranks/1/cancel"):
        refused = site.ask("POST", path, {"to": 5}, X_Partwise_Token="x")
        assert refused.status == 403
    assert site.ask("GET", "/api/ranks/none/events").status == 404
    assert site.get("/api/ranks")["ranks"] == []


def test_only_a_whole_report_on_the_same_pictures_is_shown(saved, tmp_path):
    run = shutil.copytree(saved, tmp_path / "own")
    fingerprint = read_json(run / "run.json")["facts"]["fingerprint"]
    rank = {"sentence": "4 parts.", "recommended": 4, "ks": [1, 2], "criteria": [], "candidates": [4], "seconds": None}
    body = {"format": 1, "data": {"fingerprint": "of others"}, "rank": rank}
    other = tmp_path / "own-ranks" / "rank.json"
    other.parent.mkdir()
    write_json(other, body)
    site = begin(run)
    try:
        assert not site.get("/api/ranks")["found"]
        write_json(other, body | {"data": {"fingerprint": fingerprint}})
        assert site.get("/api/rank-report")["sentence"] == "4 parts."
        assert site.get("/api/rank-report")["galleries"] == []
        newer = tmp_path / "own-ranks-by-2" / "rank.json"
        newer.parent.mkdir()
        newer.write_text(json.dumps({"data": {"fingerprint": fingerprint}, "rank": {"sentence": "damaged"}}))
        assert site.get("/api/rank-report")["sentence"] == "4 parts.", "the damaged one is passed over"
    finally:
        assert end(site)[0] == 0
