"""Reports as HTML pages without scripts."""
