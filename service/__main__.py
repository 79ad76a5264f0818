"""`python -m service` is the same as the console script `dyadwire`."""

from service.cli import main

if __name__ == "__main__":
    main()
