"""Running a server: metrics, and several processes on one port."""
