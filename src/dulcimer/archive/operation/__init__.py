"""Running a server: numbers for those who watch it, and several processes on one port."""
