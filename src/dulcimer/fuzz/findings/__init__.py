"""What was found: findings without doubles, sequences made as small as they can be, and files that show them again."""
