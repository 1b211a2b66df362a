"""`python -m qa_system.cli` is `qa`."""

from qa_system.cli.app import main

main()
