"""Child processes that Palier starts and keeps alive: the action server, the dialogue server."""

import os
import sys
import threading


def exit_with_parent() -> None:
    """In a child: end when the parent's end of our standard input closes (it died, however it died).

    Does nothing when the process was not started by a supervisor.
    """
    if os.environ.get("PALIER_CHILD") != "1":
        return

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
