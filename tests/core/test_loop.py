from __future__ import annotations

import threading
from functools import partial

import anyio
import pytest

from eventum_core.loop import in_thread

pytestmark = pytest.mark.anyio


async def test_the_result_comes_back_from_a_thread_that_holds_up_no_exit():
    def call(*args):
        return threading.current_thread().daemon, args

    assert await in_thread(call, 1, 2) == (True, (1, 2))


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
async def test_an_error_comes_back(error):
    def call():
        raise error

    with pytest.raises(type(error)) as caught:
        await in_thread(call)
    assert caught.value is error


async def test_who_waits_can_be_cancelled():
    go, began = threading.Event(), anyio.Event()
    loop_thread = threading.current_thread()

    def call():
        assert threading.current_thread() is not loop_thread
        go.wait()

    async with anyio.create_task_group() as group:
        group.start_soon(partial(in_thread, call))
        began.set()
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    go.set()


def test_a_result_after_the_end_of_the_loop_is_nobodys():
    go, done = threading.Event(), threading.Event()

    def call():
        go.wait()
        done.set()

    async def leave():
        with anyio.move_on_after(0.01):
            await in_thread(call)

    anyio.run(leave)
    go.set()
    assert done.wait(5)
