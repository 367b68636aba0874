"""One file a question; RESULTS.md holds the answers with machine, command and date."""
