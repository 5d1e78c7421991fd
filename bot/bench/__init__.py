"""`palier bench`: the speed of the product, as ratios in one run."""

from collections.abc import Callable

from bot.bench import broadcast, conversation_age, danger, desk, rent_scan, reply, start

Say = Callable[[str], None]

BENCHES: dict[str, Callable[[Say], None]] = {
    "broadcast": broadcast.bench,
    "reply": reply.bench,
    "conversation-age": conversation_age.bench,
    "start": start.bench,
    "danger": danger.bench,
    "rent-scan": rent_scan.bench,
    "desk": desk.bench,
}
