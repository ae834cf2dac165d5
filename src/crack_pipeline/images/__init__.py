"""Photos: reading whatever a camera wrote as 8-bit RGB, equalising, resizing, padding."""
