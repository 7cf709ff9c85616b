"""Jobs: submission, scheduling, lifecycle, files and stored state. `views` shows a job as the API returns it."""
