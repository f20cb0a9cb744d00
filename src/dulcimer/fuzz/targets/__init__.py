"""The target as a process: started, watched, restarted; what its system and its sanitizers say about it."""
