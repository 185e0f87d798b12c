"""Everything that knows about weights: tokenizer, grammar, engine, predictor."""
