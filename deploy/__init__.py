"""Ways to run Choreo: everything on one machine, and the walk through it that a newcomer sees first."""
