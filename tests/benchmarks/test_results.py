"""What is written of a race, with toy entrants."""

import json

import pytest
from matplotlib.figure import Figure

from benchmarks import draw, results, table
from benchmarks.race import time_allowed
from partwise.plots.style import styled

NAMES = {"cd": "scikit-learn cd", "mu": "scikit-learn mu", "hals": "nmf-rs hals"}
ABOUT = {
    "machine": {"processor": "toy", "cores": 2, "memory_gb": 8.0},
    "threads": 2,
    "versions": {"partwise": "1"},
}


def entrant(*runs, goal=0.2, moments=((1, 0.1, 0.5), (9, 1.0, 0.2)), remark=""):
    reached = {"iteration": 9, "seconds": 1.0, "error": goal}
    return {
        "moments": [dict(zip(("iteration", "seconds", "error"), one, strict=True)) for one in moments],
        "reached": reached if runs else None,
        "runs": [{"moment": {**reached, "seconds": one}, "call": one + 0.5} for one in runs],
        "remark": remark,
    }


def workload(loss="frobenius", **entrants):
    found = {NAMES.get(name, name): one for name, one in entrants.items()}
    same = {"data": "toy", "k": 3, "loss": loss, "start": "abc", "goal": 0.2, "reference_seconds": 8.0, "limit": 9.0}
    return {**same, "entrants": found, "defaults": {}}


def race(**workloads):
    return {"about": ABOUT, "workloads": workloads}


def full():
    first = workload(partwise=entrant(0.5, 0.9, 0.1), cd=entrant(5.0), hals=entrant(2.0))
    second = workload(
        partwise=entrant(1.0),
        cd=entrant(40.0),
        hals=entrant(moments=[(3, 2.5, 0.31)], remark="float64"),
        gone={"failed": "not installed"},
    )
    second["defaults"] = {
        "partwise": {"seconds": [1.0, 2.0, 3.0], "error": 0.1},
        "scikit-learn cd": {"seconds": [20.0], "error": 0.2},
    }
    divergence = workload("kullback-leibler", partwise=entrant(2.0), mu=entrant(30.0))
    return race(first=first, second=second, third=divergence)


def test_seconds_are_the_median_of_the_repetitions_that_reached_the_goal():
    one = entrant(0.5, 0.9, 0.1)
    assert results.seconds(one, 0.2) == 0.5
    one["runs"][1]["moment"]["error"] = 0.3
    assert results.seconds(one, 0.2) == pytest.approx(0.3)
    one["runs"] = []
    assert results.seconds(one, 0.2) == 1.0  # the survey's, where nothing was repeated
    assert results.seconds(entrant(), 0.2) is None


def test_the_summary_is_over_frobenius_and_leaves_out_who_did_not_reach_it():
    found = results.summary(full())
    assert found["frobenius"]["workloads"] == 2
    assert found["frobenius"]["minimum"] == pytest.approx(10)
    assert found["frobenius"]["geometric_mean"] == pytest.approx(20)
    assert found["frobenius"]["best_other_minimum"] == pytest.approx(4)
    assert found["frobenius"]["no_other_reached"] == 1
    assert found["kullback-leibler"] == {"third": pytest.approx(15)}


def test_a_race_in_which_we_did_not_reach_the_goal_can_be_told():
    lost = race(one=workload(partwise=entrant(), cd=entrant(5.0)))
    assert results.summary(lost)["frobenius"]["geometric_mean"] is None
    assert "0.20000 in 1.00 s" in table.markdown(lost)


def test_the_markdown_holds_the_figures_and_every_row_is_as_wide_as_its_head():
    text = table.markdown(full())
    assert "| first | 0.20000 | 0.500 s | 1.00 s | 5.00 s | ×10.0 | nmf-rs hals, 2.00 s | ×4.0 |" in text
    assert "0.31000 in 2.50 s" in text
    assert "not installed" in text
    assert "nmf-rs hals (float64)" in text
    assert "| second | 0.10000 | 0.20000 | -75.00 % | 2.00 s | 20 s | ×10.0 |" in text
    assert "×20.0 scikit-learn's cd in the geometric mean, ×10.0 at least" in text
    for one in table.tables(full()):
        assert {len(row) for row in one.rows} == {len(one.heads)}


def test_what_was_skipped_is_counted_with_its_reason():
    skipped = {"cats-50": "no cats64.tar"}
    assert "1 workload skipped. cats-50: no cats64.tar." in table.markdown(full() | {"skipped": skipped})


def test_json_comes_back_and_no_half_file_is_left(tmp_path):
    path = tmp_path / "results.json"
    results.write(path, full())
    assert results.read(path) == json.loads(path.read_text()) == full()
    assert [one.name for one in tmp_path.iterdir()] == ["results.json"]
    assert results.read(tmp_path / "none.json") == {}


def test_a_part_that_is_run_again_replaces_only_itself():
    again = race(first=workload(partwise=entrant(0.25)))
    joined = results.join({**full(), "skipped": {"first": "gone"}}, again)
    assert results.seconds(joined["workloads"]["first"]["entrants"]["partwise"], 0.2) == 0.25
    assert "nmf-rs hals" in joined["workloads"]["first"]["entrants"]
    assert set(joined["workloads"]) == {"first", "second", "third"}
    assert joined["skipped"] == {}


def test_nothing_is_kept_from_another_start_or_another_machine():
    again = race(first=workload(partwise=entrant(0.25)))
    again["workloads"]["first"]["start"] = "other"
    assert set(results.join(full(), again)["workloads"]["first"]["entrants"]) == {"partwise"}
    elsewhere = {**again, "about": {**ABOUT, "threads": 4}}
    assert results.join(full(), elsewhere) == elsewhere


def test_the_picture_has_a_panel_for_each_workload_and_a_line_for_each_program():
    with styled():
        figure = draw.make(full()["workloads"])
    assert isinstance(figure, Figure)
    titles = [ax.get_title(loc="left") for ax in figure.axes if ax.get_visible()]
    assert titles == ["toy, k = 3", "toy, k = 3", "toy, k = 3, KL"]
    assert figure.axes[0].get_title(loc="right") == "×10.0"


def test_everybody_is_given_at_least_twice_the_time_of_the_reference():
    assert time_allowed(0.1, 120) == 10
    assert time_allowed(5, 120) == 50
    assert time_allowed(50, 120) == 120
    assert time_allowed(100, 120) == 200
