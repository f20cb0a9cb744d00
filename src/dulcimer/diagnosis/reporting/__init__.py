"""What the judge says of captures and traces, in all forms; JSON is the source of the others but the text."""
