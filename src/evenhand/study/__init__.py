"""A study: its folder, its partitions, and the way from turns to readings."""
