"""What is written for the Hub and read from it: recipes, cards, commits, records. Knows no journal and no rows."""
