"""Reading stands still when records wait and none is applied, and not before ten seconds of that."""

from services.chassis.progress import STALLED_SECONDS, Progress


def test_nothing_to_read_is_no_stall() -> None:
    progress = Progress()
    assert not any(progress.stalled(second, {"p": 5}, {"p": 5}) for second in (0.0, 100.0, 1000.0))


def test_records_that_wait_unapplied_are_a_stall_after_a_while() -> None:
    progress = Progress()
    assert not progress.stalled(0.0, {"p": 5}, {"p": 6})
    assert not progress.stalled(STALLED_SECONDS - 0.1, {"p": 5}, {"p": 9})
    assert progress.stalled(STALLED_SECONDS, {"p": 5}, {"p": 9})


def test_a_slow_partition_that_moves_is_no_stall() -> None:
    progress = Progress()
    assert not any(progress.stalled(second * 9.0, {"p": second}, {"p": 1000}) for second in range(20))


def test_one_partition_that_stands_is_enough() -> None:
    progress = Progress()
    assert not progress.stalled(0.0, {"p": 5, "q": 1}, {"p": 5, "q": 2})
    assert progress.stalled(STALLED_SECONDS, {"p": 8, "q": 1}, {"p": 8, "q": 2})


def test_what_is_forgotten_counts_from_anew() -> None:
    progress = Progress()
    progress.stalled(0.0, {"p": 5}, {"p": 6})
    progress.forget()
    assert not progress.stalled(STALLED_SECONDS, {"p": 5}, {"p": 6})
