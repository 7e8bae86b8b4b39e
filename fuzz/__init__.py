"""Fuzzing: broken requests, texts and documents, to find failures of cbmock."""
