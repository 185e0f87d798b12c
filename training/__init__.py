"""Training: data, the phases, evaluation."""
