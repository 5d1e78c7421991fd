"""A loopback stand-in for Telegram: the Bot API over HTTP, a control API and a web chat.

It imports nothing of the product, and the product never imports it: `palier demo` and the tests start it.
"""
