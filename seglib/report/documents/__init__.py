"""The client's document: one report about one classification, from named facts, the same in every language and file format."""
