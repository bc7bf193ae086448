"""``python -m evenhand``, and what the ``evenhand`` command starts.

Worker processes load the main module too: so nothing is loaded here before it is wanted.
"""


def main() -> None:
    """Run the command line."""
    from evenhand.cli import main as run

    run()


if __name__ == "__main__":
    main()
