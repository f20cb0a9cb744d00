"""What commands write into the log."""
