"""Panel: the meter's face as a state machine without I/O, and its drawing.

Keys, time and snapshots go in; a `Screen` comes out, which says what the glass shows. Drawing turns
a screen into lit segments, and these into SVG or text.
"""
