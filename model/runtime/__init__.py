"""Networks for small dense models on a CPU, without torch: numpy everywhere, a C kernel where it could be built."""
