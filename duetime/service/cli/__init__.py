"""The command line: the daemon, its checks, and small clients of its API and sockets."""
