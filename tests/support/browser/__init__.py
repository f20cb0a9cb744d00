"""Pages in a browser, and scripts of pages outside of one."""
