"""The document store on Elasticsearch: the same reviews and the same answers, on a cluster."""
