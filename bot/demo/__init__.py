"""The product with nothing configured: sample landlord, stand-in for Telegram, a clock that moves."""
