"""Work that is done a few steps ahead of who needs it, so that two cores have something to do."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

_END: Final = object()
_MOST_THREADS: Final = 4  # the database is one process: more than this many can't feed it faster


def ahead[Item, Result](work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what work makes of each item, in order; at most as many as there are threads wait at a time."""
    waiting: deque[Future[Result]] = deque()
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def prefetched[Item](items: Iterator[Item]) -> Iterator[Item]:
    """Yield items that another thread draws, one ahead."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, _END)
        while (item := following.result()) is not _END:
            following = pool.submit(next, items, _END)
            yield item  # type: ignore[misc] # all but _END are items
