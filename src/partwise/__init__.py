"""partwise: learn the parts of anything non-negative."""
