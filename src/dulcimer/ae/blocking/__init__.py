"""The application entity whose methods block: `AE`."""
