"""One module a resource; a route validates, calls and translates."""
