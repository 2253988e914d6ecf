-- Who listens hears of each entry when it is committed: its process and its position.
LISTEN gaveurs_journal
