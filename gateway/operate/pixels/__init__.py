"""The processes that examine pixels: what they may take, how they are asked, what their death means."""
