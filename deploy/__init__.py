"""Ways to run Choreo: the whole service in one process, the demo, and what a deployment in containers is made of."""
