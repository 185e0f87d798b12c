"""Debug Adapter Protocol: a client that drives real debugpy, and a server that serves predicted execution."""
