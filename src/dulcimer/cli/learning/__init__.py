"""What the commands play, walk, quiz and export do."""
