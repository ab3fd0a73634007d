"""Where work runs. The only place where names become live parts."""
