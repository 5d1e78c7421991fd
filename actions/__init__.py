"""The dialogue's actions, served by rasa-sdk: thin, they read the context, call a service and say its reply."""
