"""What the device kinds need beyond the frameworks: cpu, cuda and tt."""
