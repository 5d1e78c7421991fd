"""What a letter of invitation says of its guest."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """What one invites somebody with. `expires` in words; `link` opens the bot with the guest's code."""

    name: str
    link: str
    organisation: str
    expires: str
