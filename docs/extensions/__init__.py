"""What the documentation is generated from: the program's own help, the registries, the public names."""
