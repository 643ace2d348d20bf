"""What every form that starts a job may ask for at most."""

from partwise.web.refusing import refuse

MOST_PARTS, MOST_SEED = 1000, 2**32 - 1


def check_seed(seed: int) -> None:
    """Refuse a seed that no random generator takes."""
    if not 0 <= seed <= MOST_SEED:
        refuse("seed", f"The seed is a whole number from 0 to {MOST_SEED}.", "Take 0.")
