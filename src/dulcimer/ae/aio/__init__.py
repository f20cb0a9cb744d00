"""The application entity for asyncio: `AsyncAE`."""
