"""Appointments: their life, their messages, their series, and the drop-ins of partners."""
