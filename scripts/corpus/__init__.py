"""Parts of the corpus run: sending a file by whichever client can, and accounting for all."""
