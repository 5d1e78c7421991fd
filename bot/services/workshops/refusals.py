"""Why something about a workshop is not done."""


class WorkshopRefused(Exception):
    """A short code, worded by `staff.workshops.refused.<code>`; nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
