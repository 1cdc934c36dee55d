"""Speed: what measuring costs on this machine, beside engines of others, and how exact each is."""
