"""How stored samples are parted: chunks of whole blocks, copies of what a file holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from smartx96.samples.stored.planes import (
    CHUNK_VALUES,
    MOST_VALUES,
    chunk_length,
    native,
    picked,
    release,
)


@pytest.mark.parametrize("width", [1, 6, 7, 500])
@pytest.mark.parametrize("block", [1, 1280, 12_800, 128_000, 10**9])
def test_chunks_are_whole_blocks_or_all_that_memory_allows(width: int, block: int) -> None:
    length = chunk_length(width, block)
    assert 0 < length * width <= MOST_VALUES
    if block * width <= MOST_VALUES:
        assert length % block == 0
    assert length >= min(block, CHUNK_VALUES // width - block)


def test_a_sample_that_is_wider_than_a_chunk_is_a_chunk() -> None:
    assert chunk_length(MOST_VALUES + 1) == 1


@pytest.mark.parametrize("channels", [[], [2], [1, 2, 3], [3, 1], [0, 0], [5, 4, 3]])
def test_channels_are_picked_as_by_their_list(channels: list[int]) -> None:
    array = np.arange(60).reshape(6, 10)
    np.testing.assert_array_equal(array[picked(channels)], array[channels])


def test_channels_in_a_row_cost_no_copy() -> None:
    array = np.zeros((6, 10))
    assert np.shares_memory(array[picked(range(1, 4))], array)


@pytest.mark.parametrize("order", ["<", ">"])
def test_what_was_copied_from_a_file_stays_when_it_lets_go(tmp_path: Path, order: str) -> None:
    values = np.arange(60_000).reshape(-1, 6)
    path = tmp_path / "a.bin"
    values.astype(f"{order}i4").tofile(path)
    mapped = np.memmap(path, f"{order}i4", "r", shape=values.shape)
    for channels in (slice(0, 1), slice(2, 5)):
        samples = native(mapped[:, channels].T)
        release(mapped)
        assert not np.shares_memory(samples, mapped)
        assert samples.flags.c_contiguous
        assert samples.dtype == np.dtype("i4")
        np.testing.assert_array_equal(samples, values.T[channels])
    np.testing.assert_array_equal(mapped, values)  # it comes again


def test_an_array_in_memory_has_nothing_to_let_go() -> None:
    array = np.ones((2, 5))
    release(array[:, 1:])
    assert (array == 1).all()
