"""What application entities of all kinds are made of; on asyncio."""
