"""Record of a commissioning: one content from its document, as a page and as PDF."""
