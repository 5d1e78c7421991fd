"""The dialogue's actions, served by rasa-sdk: they read the context, call a service and say its reply."""
