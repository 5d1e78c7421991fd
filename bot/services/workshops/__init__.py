"""Workshops: seats, invitations, answers."""
