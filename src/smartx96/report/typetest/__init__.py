"""Report of a type test: one content from its document, as a page and as PDF."""
