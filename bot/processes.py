"""Names of the running processes, to tell whether the holder of a lease is still there."""

import os
import secrets
import socket

_HOST = socket.gethostname()[:20]


def my_name() -> str:
    """A name for this worker that says where it runs: host, process, and a random part."""
    return f"{_HOST}:{os.getpid()}:{secrets.token_hex(3)}"


def is_dead(name: str, me: str) -> bool:
    """Whether the named worker surely runs no more: it was on this host and its process is gone.

    A worker of another host is not known to be dead: its lease must run out.
    """
    host, pid, _ = name.rsplit(":", 2)
    if host != _HOST or name == me:
        return False
    if pid == me.rsplit(":", 2)[1]:
        return True  # our own number, given again after a restart (containers)
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
