"""Why a value is invalid, or worth a warning; loaded when something is to be said."""
