"""Several threads at once; what one of them raises is raised here."""

import threading
from collections.abc import Callable, Sequence


def race(acts: Sequence[Callable[[], object]]) -> None:
    """Start all the acts together and wait for them."""
    barrier = threading.Barrier(len(acts))
    faults: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
