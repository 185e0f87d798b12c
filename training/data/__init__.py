"""Programs and traces to train on."""
