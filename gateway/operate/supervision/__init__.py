"""The processes: started, watched, fed with connections, replaced."""
