"""Where things rest: configuration, keys, secrets, time as a number, the one writer."""
