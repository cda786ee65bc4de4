"""How good the shipped models are on labelled pictures, through the code that serves them. Needs no torch."""
