"""How the images of a deployment are made."""
