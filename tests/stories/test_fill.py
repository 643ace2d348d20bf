"""partwise fill: a table with empty cells, pictures with holes, and what is told where there is nothing to do."""

import json

import numpy as np
import pytest
from PIL import Image

from .conftest import album, matrix

TABLE = 'name,tea,"coffee, black",milk\nAda,1,2,3\nBob,2,,6\n"Eve, the third",3,6,9\nDan,1.50,3,NA\n'


def test_empty_cells_of_a_table_are_filled_and_all_others_stay_as_they_stand(tmp_path, cli):
    source = tmp_path / "cups.csv"
    source.write_text(TABLE)
    ended = cli("fill", source, "-k", 1, "--alpha", 0)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("2 cells filled (17 % of 4 x 3) from 1 part\nConverged after ")
    assert ended.out.endswith(f"written: {tmp_path / 'cups-filled.csv'}\n")
    before, after = TABLE.splitlines(), (tmp_path / "cups-filled.csv").read_text().splitlines()
    assert [*after[:2], after[3]] == [*before[:2], before[3]]
    name, tea, coffee, milk = after[2].split(",")
    assert (name, tea, milk) == ("Bob", "2", "6")
    assert float(coffee) == pytest.approx(4, rel=1e-3)
    assert after[4].startswith("Dan,1.50,3,")
    assert float(after[4].split(",")[3]) == pytest.approx(4.5, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("semicolons.csv", "1;2;3\n2;;6\n3;6;9\n"),
        ("tabs.tsv", "a\tb\tc\n1\t2\t3\n2\tnan\t6\n3\t6\t9\n"),
        ("first.csv", "a,b,c\n1,2,3\n2,4,6\n,6,9\n"),
        ("windows.csv", "a,b,c\r\n1,2,3\r\n2,N/A,6\r\n3,6,9\r\n"),
    ],
)
def test_tables_are_written_as_they_are_written(name, text, tmp_path, cli):
    (tmp_path / name).write_bytes(text.encode())
    ended = cli("fill", tmp_path / name, "-k", 1, "--out", tmp_path / f"whole-{name}")
    assert ended.code == 0, ended.err
    after = (tmp_path / f"whole-{name}").read_bytes().decode()
    assert after.count("\r\n") == text.count("\r\n")
    pairs = [
        (one, other)
        for before, now in zip(text.splitlines(), after.splitlines(), strict=True)
        for one, other in zip(before.replace(";", ",").replace("\t", ",").split(","),
                              now.replace(";", ",").replace("\t", ",").split(","), strict=True)
    ]  # fmt: skip
    changed = [(one, other) for one, other in pairs if one != other]
    assert len(changed) == 1
    assert changed[0][0] in ("", "nan", "N/A")
    assert float(changed[0][1]) > 0


def test_an_array_keeps_its_dtype_and_what_is_known_of_it(tmp_path, told):
    X = matrix(30, 12).astype(np.float32)
    holes = np.random.default_rng(0).random(X.shape) < 0.2
    np.save(tmp_path / "x.npy", np.where(holes, np.nan, X).astype(np.float32))
    facts = told("fill", tmp_path / "x.npy", "-k", 3, "--hide", 0.1, "--out", tmp_path / "y.npy")
    filled = np.load(tmp_path / "y.npy")
    assert filled.dtype == np.float32
    np.testing.assert_array_equal(filled[~holes], X[~holes])
    assert np.isfinite(filled).all()
    assert (filled[holes] >= 0).all()
    assert facts["n_missing"] == holes.sum()
    assert facts["n_hidden"] > 0
    assert 0 < facts["error"] < 2
    assert facts["written"] == [str(tmp_path / "y.npy")]


def test_pictures_with_a_block_erased_are_restored(tmp_path, told):
    folder = album(tmp_path / "album", 24)
    out = tmp_path / "restored"
    facts = told("fill", folder, "--erase", "3x3", "-k", 4, "--max-iter", 30, "--out", out)
    assert facts["n_missing"] == 0
    assert facts["n_hidden"] % 9 == 0
    kept = json.loads((out / "fill.json").read_text())
    assert kept["error"] == facts["error"]
    assert len(kept["restored"]) == facts["n_hidden"] // 9
    with Image.open(out / "restored.png") as figure:
        assert figure.size[0] > 1000
    for name in kept["restored"]:
        with Image.open(out / "restored" / name) as picture:
            assert picture.size == (8, 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["whole.csv"], "has no missing entry (an empty cell, NA or NaN), so there is nothing to fill. Try --hide 0.1"),
        (["holes.csv", "--out", "x.png"], "A filled table is written as .npy .csv .tsv, got x.png."),
        (["holes.csv", "--erase", "2x2"], "--erase is for pictures, got table. Try --hide 0.1."),
        (["holes.csv", "--hide", "1.5"], "--hide wants a share between 0 and 1, such as 0.1, got 1.5."),
        (["holes.csv", "--out", "there.csv"], "there.csv exists already. Choose another --out, or overwrite"),
        (["empty.csv"], "All entries of X are missing."),
        (["words.csv"], "could not convert string to float: 'x' (row 3, column 2 of words.csv)"),
        (["album"], "Pictures have no missing pixels. Give --erase 20x20, a block, or --hide 0.5"),
        (["album", "--erase", "6x8"], "--erase 6x8 leaves nothing of pictures of 6x8."),
        (["album", "--erase", "big"], "--erase wants height x width, such as 64x64, got 'big'."),
        (["nowhere"], "Folder not found: nowhere."),
    ],
)
def test_what_cannot_be_filled_is_told_in_one_line(arguments, message, tmp_path, cli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "whole.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "holes.csv").write_text("a,b,c\n1,2,3\n3,,4\n")
    (tmp_path / "empty.csv").write_text("a,b\n1,\n".replace("1", "nan"))
    (tmp_path / "words.csv").write_text("a,b\n1,2\n3,x\n")
    (tmp_path / "there.csv").write_text("")
    album(tmp_path / "album", 6)
    ended = cli("fill", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert message in ended.err
    assert ended.err.count("\n") == 1


def test_a_fit_still_refuses_empty_cells_and_nan_and_names_the_way(tmp_path, cli):
    (tmp_path / "holes.csv").write_text("a,b,c\n1,2,3\n3,,4\n")
    ended = cli("fit", tmp_path / "holes.csv", "-k", 1, "--out", tmp_path / "run")
    assert ended.code == 2
    assert "could not convert string to float: ''" in ended.err
    np.save(tmp_path / "x.npy", np.array([[1.0, np.nan], [2.0, 3.0]]))
    ended = cli("fit", tmp_path / "x.npy", "-k", 1, "--out", tmp_path / "run")
    assert ended.code == 2
    assert "Drop or fill them first. `partwise fill` fills them" in ended.err


def test_the_penalty_is_chosen_on_entries_that_are_known(tmp_path, told):
    rng = np.random.default_rng(0)
    X = rng.gamma(1.0, size=(120, 3)) @ rng.gamma(1.0, size=(3, 12)) * (1 + 0.3 * rng.standard_normal((120, 12)))
    np.save(tmp_path / "x.npy", X.clip(0))
    free = told("fill", tmp_path / "x.npy", "-k", 6, "--hide", 0.5, "--alpha", 0)
    chosen = told("fill", tmp_path / "x.npy", "-k", 6, "--hide", 0.5)
    assert chosen["alpha_W"] > 1.5e-3 * np.sqrt(np.mean(X**2))
    assert chosen["error"] < 0.7 * free["error"]
    assert chosen["written"] == []


def test_columns_in_units_of_their_own_are_told_from_each_other(tmp_path, told):
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 2, (120, 1)) * rng.uniform(1, 2, 8) * (1 + 0.05 * rng.standard_normal((120, 8)))
    X *= 10.0 ** np.arange(-3, 5)
    holes = rng.random(X.shape) < 0.1
    np.save(tmp_path / "x.npy", np.where(holes, np.nan, X))
    told("fill", tmp_path / "x.npy", "-k", 2, "--out", tmp_path / "whole.npy")
    whole = np.load(tmp_path / "whole.npy")
    np.testing.assert_array_equal(whole[~holes], X[~holes])
    means = np.nanmean(np.where(holes, np.nan, X), axis=0)
    for column in range(8):
        at = holes[:, column]
        ours = np.abs(whole[at, column] - X[at, column]).mean()
        assert ours < 0.6 * np.abs(means[column] - X[at, column]).mean()


def test_a_row_and_a_column_of_which_nothing_is_known(tmp_path, cli):
    source = tmp_path / "x.csv"
    source.write_text("of,a,b,c\nx,1,2,\ny,,,\nz,3,6,\n")
    ended = cli("fill", source, "-k", 1)
    assert ended.code == 0, ended.err
    assert ended.err == ""
    left = "3 cells left empty: nothing is known of their columns"
    assert f"{left}\n1 row without any known cell: the means of the columns\n" in ended.out
    assert (tmp_path / "x-filled.csv").read_text().splitlines() == ["of,a,b,c", "x,1,2,", "y,2,4,", "z,3,6,"]


def test_neither_a_table_nor_pictures_are_written_over(tmp_path, cli):
    source = tmp_path / "x.csv"
    source.write_text("a,b,c\n1,2,3\n2,,6\n3,6,9\n")
    ended = cli("fill", source, "-k", 1, "--out", source, "--force")
    assert ended.code == 2
    assert "is the source" in ended.err
    faces = album(tmp_path / "faces")
    ended = cli("fill", faces, "--hide", 0.5, "--out", faces / "inside")
    assert ended.code == 2
    assert "lies inside" in ended.err


def test_infinity_is_said_to_be_infinity(tmp_path, cli):
    np.save(tmp_path / "x.npy", np.array([[1, np.inf, 3], [2, np.nan, 4], [1, 2, 3]]))
    ended = cli("fill", tmp_path / "x.npy", "-k", 1)
    assert ended.code == 2
    assert "contains infinity" in ended.err


def test_a_row_of_empty_cells_without_a_name_is_kept(tmp_path, cli):
    source = tmp_path / "x.csv"
    source.write_text("a,b\n1,2\n,\n\n3,6\n")
    ended = cli("fill", source, "-k", 1)
    assert ended.code == 0, ended.err
    assert (tmp_path / "x-filled.csv").read_text() == "a,b\n1,2\n2,4\n3,6\n"


def test_of_a_column_that_was_hidden_whole_nothing_is_judged(tmp_path, cli):
    np.savetxt(tmp_path / "full.csv", np.random.default_rng(0).random((6, 4)) + 0.1, delimiter=",")
    ended = cli("fill", tmp_path / "full.csv", "--hide", 0.9, "-k", 1, "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out, parse_constant=pytest.fail)["n_hidden"] < 24


def test_where_nothing_is_missing_it_is_said_that_no_table_is_written(tmp_path, cli):
    np.savetxt(tmp_path / "full.csv", matrix(30, 6), delimiter=",")
    ended = cli("fill", tmp_path / "full.csv", "--hide", 0.1, "--out", tmp_path / "other.csv")
    assert ended.code == 0, ended.err
    assert "\nnothing is missing, so no table was written\n" in ended.out
    assert not (tmp_path / "other.csv").exists()


def test_the_share_is_that_of_the_cells_that_were_filled(tmp_path, cli):
    rows = [
        f"{i},{2 * i},," if i == 5 else f"{i},,{3 * i}," if i % 10 == 0 else f"{i},{2 * i},{3 * i},"
        for i in range(1, 31)
    ]
    (tmp_path / "empty.csv").write_text("a,b,c,d\n" + "\n".join(rows) + "\n")
    ended = cli("fill", tmp_path / "empty.csv", "-k", 1)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("4 cells filled (3.3 % of 30 x 4) from 1 part\n30 cells left empty")


@pytest.mark.parametrize(
    ("text", "options"), [("0,0\n0,\n0,0\n", ("--loss", "itakura-saito")), ("1e300,2\n3e300,\n2e300,4\n", ())]
)
def test_zeros_and_numbers_without_a_square_end_in_a_sentence(text, options, tmp_path, cli):
    (tmp_path / "odd.csv").write_text(text)
    ended = cli("fill", tmp_path / "odd.csv", "-k", 1, *options)
    assert "Traceback" not in ended.err
    assert "alpha_W" not in ended.err
    assert ended.code in (0, 2)
