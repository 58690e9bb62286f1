"""Device kinds in the words of the frameworks: cpu, gpu (CUDA) and tt (Tenstorrent)."""
