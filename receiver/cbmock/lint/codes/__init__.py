"""Every code that a finding can have, one table by what it is about."""
