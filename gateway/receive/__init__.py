"""Storage SCP and Verification SCP (PS3.4 Annexes A and B)."""
