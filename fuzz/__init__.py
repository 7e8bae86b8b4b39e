"""Fuzzing: broken requests, texts and documents, to find what harms cbmock."""
