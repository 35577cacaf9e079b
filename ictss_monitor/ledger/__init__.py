"""The ledger: what people say about the evidence afterwards, who said it, when and why; appended and chained, pure."""
