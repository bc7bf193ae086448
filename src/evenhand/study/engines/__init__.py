"""Where partitions run: this machine, or a cluster behind the same one function."""
