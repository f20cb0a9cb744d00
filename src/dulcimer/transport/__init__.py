"""Byte streams and the one loop that joins them to an upper layer provider; asyncio begins here."""
