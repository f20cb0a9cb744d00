"""What can be changed in a tree: operators with names, for the nodes that they fit, all in `catalogue.OPERATORS`."""
