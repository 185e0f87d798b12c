"""The Textual stepper."""
