"""Pages for people: plain HTML made on the server."""
