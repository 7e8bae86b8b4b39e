"""Why a value is invalid or deserves a warning; imported only when needed."""
