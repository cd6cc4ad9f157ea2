"""What every meeting page does where a cycle's folder or its book lets it down: it says so, and it goes on looking."""

import asyncio
import types

import pytest
import sqlalchemy as sa
import tiny_meeting
from in_a_kernel import in_a_kernel

from sopbench.contract import PlanningError, Problem
from sopbench.cycle import open_cycle
from sopbench.views.meetings import executive, frame

BUSY = sa.exc.OperationalError("SELECT 1", {}, Exception("database is <locked>"))


@pytest.fixture
def params_file(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(tiny_meeting.PARAMS, encoding="utf-8")
    tiny_meeting.write(open_cycle(path))
    return path


def test_a_table_that_somebody_removed_is_said_instead_of_the_page(params_file):
    (open_cycle(params_file).folder / "executive" / "comparison.parquet").unlink()
    (said,) = executive.page(params_file).children
    assert "is no longer in the folder of cycle 2025-09" in said.value and "sopbench run" in said.value
    assert executive.first(params_file).data == ""


def test_a_book_that_cannot_be_read_is_said_instead_of_the_page(params_file, monkeypatch):
    def refuse(_):
        raise BUSY

    monkeypatch.setattr(executive, "read", refuse)
    (said,) = executive.page(params_file).children
    assert "database is &lt;locked&gt;" in said.value and "SELECT" not in said.value
    assert executive.first(params_file).data == ""


@pytest.mark.parametrize(
    "error", [BUSY, PlanningError(Problem("x", "", "", "gone", "wait")), FileNotFoundError("gone")]
)
def test_a_page_goes_on_looking_after_a_look_at_a_book_or_folder_that_was_busy(error):
    looked = []

    def look():
        looked.append(1)
        if len(looked) == 1:
            raise error

    async def wait():
        frame.every(0.001, look)
        await asyncio.sleep(0.1)

    in_a_kernel(wait)
    assert len(looked) > 1


def test_what_goes_wrong_after_a_press_is_said_in_the_head(params_file, monkeypatch):
    kernel = types.SimpleNamespace(kernel=object(), showtraceback=None)
    monkeypatch.setattr(frame, "get_ipython", lambda: kernel)
    head = executive.page(params_file).children[0]
    try:
        raise ValueError("<script>")
    except ValueError:
        kernel.showtraceback()
    notice = next(each for each in head.children if "meeting-notice" in each._dom_classes)
    assert "That did not work (ValueError: &lt;script&gt;)" in notice.value
