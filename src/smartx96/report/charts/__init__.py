"""Charts: pure functions from data to SVG text; whoever shows them adds `style.STYLE`."""
