"""Every code that a finding can have, in one table for each subject."""
