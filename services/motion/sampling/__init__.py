"""Generation of videos."""
