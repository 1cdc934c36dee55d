"""Projects: many meters set from one file, each with its report, resumed where it stopped."""
