"""What an operator installs beside the portal: units of systemd, the proxy's configuration, a container's recipe."""
