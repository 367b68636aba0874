"""How good proposals are: measures and the plain methods to beat."""
