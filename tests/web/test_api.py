"""The API: what it says is what the run and its catalogue say."""

import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from partwise.runs import load_run
from partwise.tasks.finder import Finder
from partwise.web.served import Served
from partwise.web.sheets import Tile


@pytest.fixture(scope="module")
def finder(saved):
    return Finder.of(load_run(saved))


def test_the_run_is_told_whole(site, finder):
    run, told = finder.run, site.get("/api/run")
    assert (told["name"], told["n"], told["k"], told["shape"]) == ("run", 41, 4, [24, 20])
    assert told["labels"] == ["cats", "dogs"]
    assert told["tile"] == {"cell": 64, "width": 20, "height": 24, "per_row": 16, "per_sheet": 256, "sheets": 1}
    assert not told["signed"]
    assert told["facts"]["fingerprint"] == run.facts["fingerprint"]
    assert told["history_is"] == "relative error"
    assert told["history"][-1][2] == pytest.approx(run.facts["relative_error"], rel=1e-3)
    assert sum(part["light"] for part in told["parts"]) == pytest.approx(1, abs=1e-5)
    assert {one["name"] for one in told["files"]} >= {"report.html", "run.json", "model.safetensors", "codes.csv"}


def test_strongest_pictures_show_the_same_content_once(site, finder):
    digests = dict(zip(finder.entries.numbers.tolist(), finder.entries.digests, strict=True))
    for part in site.get("/api/run")["parts"]:
        shown = [digests[number] for number in part["top"]]
        assert len(shown) == len(set(shown))
        weights = [finder.entries.codes[finder.entries.row_of(one), part["number"] - 1] for one in part["top"]]
        assert weights == sorted(weights, reverse=True)


def test_parts_are_the_bytes_of_the_run(site, finder):
    values = np.frombuffer(site.ask("GET", "/api/parts.f32").body, dtype="<f4")
    assert np.array_equal(values.reshape(4, 24 * 20), finder.run.parts.astype(np.float32))


def test_a_picture_is_told_with_its_code_and_its_repeats(site, finder):
    entries = finder.entries
    row = entries.names.index("cats/copy.png")
    number = int(entries.numbers[row])
    told = site.get(f"/api/pictures/{number}")
    assert (told["row"], told["name"], told["label"], told["source"]) == (row, "cats/copy.png", "cats", "fit")
    assert (told["width"], told["height"]) == (20, 24)
    assert told["code"] == entries.codes[row].tolist()
    assert sum(told["shares"]) == pytest.approx(1, abs=1e-5)
    assert [entries.names[entries.row_of(one)] for one in told["repeats"]] == ["cats/01.png"]


def test_pixels_are_what_the_model_saw(site, finder):
    values = np.frombuffer(site.ask("GET", "/api/pictures/3/pixels").body, dtype="<f4")
    assert np.array_equal(values, finder.pixels(3).astype(np.float32))


def test_columns_and_orders_agree(site, finder):
    columns, entries = site.get("/api/pictures"), finder.entries
    assert columns["number"] == entries.numbers.tolist()
    assert columns["name"] == list(entries.names)
    assert columns["label"] == list(entries.labels)
    assert columns["error"] == pytest.approx(entries.errors.tolist(), rel=1e-5)
    for by, key in (("error", entries.errors), ("brightness", entries.brightness), ("part:2", entries.codes[:, 1])):
        rows = site.get(f"/api/order?by={by}&descending=true")["rows"]
        assert np.all(np.diff(key[rows]) <= 0), by
        assert sorted(rows) == list(range(41))
    labelled = site.get("/api/order?by=name&label=dogs")["rows"]
    assert [entries.names[row] for row in labelled] == [f"dogs/{number:02d}.png" for number in range(0, 40, 2)]


def test_sheets_hold_the_thumbnails(site):
    sheet = Image.open(BytesIO(site.ask("GET", "/api/sheets/0").body)).convert("L")
    assert sheet.size == (16 * 64, 3 * 64)
    for row in (0, 17, 40):
        number = site.get("/api/pictures")["number"][row]
        alone = Image.open(BytesIO(site.ask("GET", f"/api/pictures/{number}/thumbnail").body)).convert("L")
        x, y = row % 16 * 64, row // 16 * 64
        tile = np.asarray(sheet.crop((x, y, x + 20, y + 24)), float)
        assert np.abs(tile - np.asarray(alone, float)).mean() < 8


def test_answers_are_kept_only_for_their_generation(site):
    now = site.get("/api/run")["generation"]
    assert "immutable" in site.ask("GET", f"/api/sheets/0?v={now}").headers["cache-control"]
    assert "immutable" not in site.ask("GET", "/api/sheets/0?v=older").headers["cache-control"]


def test_a_search_is_that_of_the_library(site, finder):
    told = site.get("/api/search?picture=5&n=6")
    expected = finder.ranked(finder.sample(5), 6)
    assert [one["number"] for one in told["similar"]] == [one.number for one in expected]
    assert [one["score"] for one in told["similar"]] == pytest.approx([one.score for one in expected])
    assert told["n"] == 40
    worst = finder.ranked(finder.sample(5), 6, farthest=True)
    assert [one["number"] for one in told["dissimilar"]] == [one.number for one in worst]
    same = site.post("/api/search", {"picture": 5, "n": 6})
    assert {**same, "milliseconds": 0} == {**told, "milliseconds": 0}


def test_parts_can_be_weighted_and_switched_off(site):
    by_address = site.get("/api/search?parts=1:1,3:0.5&only=1,3&measure=whitened&label=cats")
    by_body = site.post(
        "/api/search",
        {"code": [1, 0, 0.5, 0], "weights": [1, 0, 1, 0], "measure": "whitened", "label": "cats"},
    )
    assert by_address["similar"] == by_body["similar"]
    assert by_address["n"] == 21
    assert {one["label"] for one in by_address["similar"]} == {"cats"}


def test_why_adds_up(site):
    for told in (
        site.get("/api/explain?a=1&b=2"),
        site.post("/api/explain", {"a": {"picture": 1}, "b": {"code": [1, 2, 0, 1]}, "weights": {"2": 0}}),
    ):
        whole = sum(told["shared"]) + sum(told["more_in_a"]) + sum(told["more_in_b"])
        assert sum(told["shared"]) == pytest.approx(told["cosine"], abs=1e-12)
        assert whole == pytest.approx(1, abs=1e-12)


def test_the_nearest_real_picture(site, finder):
    code = finder.entries.codes[7] + 1e-4
    told = site.post("/api/nearest", {"code": code.tolist()})
    distances = np.linalg.norm(finder.entries.codes - code, axis=1)
    assert told["row"] == distances.argmin()
    assert told["distance"] == pytest.approx(distances.min(), rel=1e-4)


def test_the_map_keeps_the_larger_distances(site):
    told = site.get("/api/map")
    assert len(told["x"]) == len(told["y"]) == 41
    assert np.var(told["x"]) >= np.var(told["y"]) > 0
    assert told["axes"][0].startswith("first component, ")
    assert site.ask("GET", "/api/map?method=other").status == 422


def test_a_selection_says_what_sets_it_apart(site, finder):
    strongest = site.get("/api/parts/2")["strongest"]
    told = site.post("/api/selection", {"numbers": [one["number"] for one in strongest]})
    assert told["count"] == len(strongest)
    assert told["parts"][0]["number"] == 2
    assert told["parts"][0]["contrast"] > 0


def test_duplicates_are_found_with_what_is_exact(site, finder):
    told = site.get("/api/duplicates?threshold=0.999")
    names = [{finder.entries.names[finder.entries.row_of(one)] for one in group} for group in told["groups"]]
    assert {"cats/01.png", "cats/copy.png"} <= set().union(*names)
    assert site.ask("GET", "/api/duplicates?threshold=nan").status == 422


def test_names_are_kept_and_pictures_removed(own_site):
    site = own_site
    before = site.get("/api/run")["generation"]
    name = "Ears & <b>whiskers</b> ﷽"
    assert site.post("/api/parts/2/name", {"name": f"  {name} "}, method="PUT") == {"number": 2, "name": name}
    told = site.get("/api/run")
    assert told["parts"][1]["name"] == name
    assert told["generation"] != before
    assert Finder.of(load_run(site.run)).part_names == {2: name}
    twice = site.ask("PUT", "/api/parts/1/name", {"name": name})
    assert (twice.status, twice.json["field"]) == (422, "name")
    assert site.post("/api/parts/2/name", {"name": ""}, method="PUT")["name"] == ""
    reply = site.ask("DELETE", "/api/pictures/3")
    assert reply.json == {"removed": [3]}
    assert site.ask("GET", "/api/pictures/3").status == 404
    assert site.get("/api/run")["n"] == 40
    assert 3 not in site.get("/api/pictures")["number"]
    assert site.ask("DELETE", "/api/pictures/3").status == 404


def test_what_others_change_is_seen(saved, tmp_path):
    import shutil

    shutil.copytree(saved, tmp_path / "run")
    served = Served(load_run(tmp_path / "run"))
    first = served.now()
    assert served.now() is first
    from partwise.tasks.catalogue import remove

    remove(load_run(tmp_path / "run"), [1])
    assert len(served.now().finder.entries) == 40
    assert served.now().version != first.version


def test_files_are_attachments(site, finder):
    for name in ("report.html", "run.json", "model.safetensors", "figures/parts.png", "codes.csv"):
        reply = site.ask("GET", f"/api/files/{name}")
        assert reply.status == 200, name
        assert reply.headers["content-disposition"].startswith("attachment"), name
    assert json.loads(site.ask("GET", "/api/files/run.json").body)["facts"]["n_samples"] == 41
    first, *lines = site.ask("GET", "/api/files/codes.csv").body.decode().splitlines()
    assert first == "number,name,label,part 1,part 2,part 3,part 4"
    assert len(lines) == 41
    assert [float(one) for one in lines[0].split(",")[3:]] == pytest.approx(finder.entries.codes[0].tolist())


def test_the_description_names_every_address(site):
    told = site.get("/api/openapi.json")
    assert len(told["paths"]) >= 23
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            assert one["summary"], path
            assert one["description"], path
            assert one["tags"], path
            assert "4XX" in one["responses"], path
            assert ("security" in one) is (method != "get"), path
    page = site.ask("GET", "/api").body.decode()
    for path in told["paths"]:
        assert path in page


@pytest.mark.parametrize(
    ("shape", "width", "height"), [((64, 64), 64, 64), ((112, 92), 53, 64), ((10, 20, 3), 20, 10), ((1, 500), 64, 1)]
)
def test_tiles_fit_their_cells(shape, width, height):
    assert Tile.of(shape) == Tile(width, height)


def test_a_damaged_catalogue_is_told_and_breaks_nothing(own_site):
    import sqlite3

    site = own_site
    with sqlite3.connect(site.run / "catalogue.sqlite") as file:
        file.execute("UPDATE thumbnails SET picture = x'00' WHERE number = 2")
    file.close()
    damaged = site.ask("GET", "/api/pictures/2/thumbnail")
    assert damaged.status == 409
    assert "damaged" in damaged.json["error"]
    assert site.ask("GET", "/api/pictures/1/thumbnail").status == 200
    with sqlite3.connect(site.run / "catalogue.sqlite") as file:
        file.execute("DELETE FROM samples WHERE number = 5")  # by somebody who does not count it as a change
    file.close()
    assert site.ask("GET", "/api/pictures/5").status == 404
    assert site.ask("GET", "/api/pictures/5/pixels").status == 404


def test_a_run_that_is_gone_is_told(own_site):
    site = own_site
    site.run.rename(site.run.with_name("away"))
    for path in ("/api/run", "/parts", "/api/pictures/1", "/api/files/report.html"):
        assert site.ask("GET", path).status < 500, path


def test_nothing_is_like_a_sum_of_no_parts(site, finder):
    found = site.post("/api/search", {"code": [0] * len(finder.run.parts)})
    assert (found["similar"], found["dissimilar"], found["n"]) == ([], [], 0)


def test_a_browser_is_told_on_a_page_that_the_run_is_not_there(own_site):
    run = own_site.run / "run.json"
    held = run.read_bytes()
    run.unlink()  # as while it is fitted anew
    page = own_site.ask("GET", "/parts", Accept="text/html")
    assert page.status == 409
    assert page.headers["content-type"].startswith("text/html")
    assert b"is gone, or is being fitted anew" in page.body
    run.write_bytes(held)
    assert own_site.ask("GET", "/parts", Accept="text/html").status == 200
