"""For tests and demos only: the base of stand-in servers and the contract suite. Nothing in production imports this."""
