"""Cases: from a sign to a person, alerts, and what becomes of them over time."""
