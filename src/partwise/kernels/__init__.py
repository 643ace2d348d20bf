"""The inner loops: compiled once, released from the interpreter's lock, shared by one pool of threads."""
