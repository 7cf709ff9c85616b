"""Reading and writing of videos: the one reader of the clips of the API and of the motion engine."""
