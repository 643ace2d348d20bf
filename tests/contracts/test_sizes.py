"""Sizes of memory in words, read and said."""

import pytest

from partwise.memory import bytes_of, machine_memory, said_bytes, too_large


def test_sizes_are_said():
    assert [said_bytes(count) for count in (12, 1500, 2.5e6, 3.25e9)] == ["12 bytes", "1.5 kB", "2.5 MB", "3.2 GB"]


def test_sizes_are_read():
    assert [bytes_of(text) for text in (5, "600MB", "1.5 gb", "2GiB", "3k", "7", "4Ki")] == [
        5, 6e8, 1.5e9, 2.0**31, 3e3, 7, 4096,
    ]  # fmt: skip


@pytest.mark.parametrize("size", ["", "much", "600 apples", "-1", "1e9x", "MB", "1.2.3GB", True])
def test_what_is_no_size_is_told(size):
    with pytest.raises(ValueError, match="A size of memory is a number of bytes or a text such as '600MB'"):
        bytes_of(size)


def test_a_quarter_of_the_memory_is_for_data():
    assert not too_large(100, 400)
    assert too_large(101, "400")
    assert too_large(machine_memory() / 3)
