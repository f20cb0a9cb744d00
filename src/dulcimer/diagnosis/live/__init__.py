"""A ladder of steps that a good engineer would try with a server, up to the first that fails: `dulcimer diagnose`."""
