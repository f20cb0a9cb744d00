"""What is sent to a target: steps, and the shortest ways into each cell of Table 9-10."""
