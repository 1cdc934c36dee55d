"""Profiles: what a meter is set to, as a file: pulled, compared, pushed to it or to others."""
