"""Files that an operator installs beside the portal: systemd units, proxy configuration, a Containerfile."""
