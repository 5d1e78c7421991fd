"""Palier: a messaging assistant for social-housing tenants."""
