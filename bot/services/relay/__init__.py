"""The relay: a person of the team and a tenant talk through the bot."""
