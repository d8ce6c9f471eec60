"""`python -m bot`, the same as `kuaixun`."""

from .cli import main

if __name__ == "__main__":
    raise SystemExit(main())
