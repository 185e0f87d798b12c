"""The language server and the VS Code extension."""
