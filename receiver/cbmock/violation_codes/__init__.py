"""Every code that a violation can have: one table for each subject."""
