"""Model families: each loads, encodes, predicts and decodes with one kind of network."""
