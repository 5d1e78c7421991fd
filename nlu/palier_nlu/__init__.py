"""The dialogue server of Palier: Rasa behind one route of ours."""
