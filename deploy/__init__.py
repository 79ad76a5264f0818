"""What runs the service: a local broker, container images and the manifests of a cluster."""
