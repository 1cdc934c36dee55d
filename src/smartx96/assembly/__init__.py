"""Assembly: installations from files and options, as plans, and what they open."""
