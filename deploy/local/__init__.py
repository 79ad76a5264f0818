"""A real Apache Kafka broker on this machine, without Docker: for the demo and the tests."""
