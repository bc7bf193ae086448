"""Words that every layer speaks: tables, contracts, errors, discovery, the tilt."""
