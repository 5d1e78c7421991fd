"""A server that was started by Palier ends with it, however Palier ends."""

from __future__ import annotations

import os
import threading

_CHILD = "PALIER_CHILD"


def exit_with_parent() -> None:
    """End when the parent's end of our standard input closes; do nothing when nobody supervises us."""
    if os.environ.get(_CHILD) != "1":
        return

    def watch() -> None:
        # Not sys.stdin: its lock, held by this thread, would break a clean exit of the interpreter.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
