"""What is put into the gateway's processes from outside, so that they die at a named step."""
