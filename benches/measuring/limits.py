"""Figures that are held to limits."""


def hold(figures):
    """Prints figures, each with its name, its value and the most that it may be. Says whether all hold."""
    print("| figure | measured | at most | |\n|---|--:|--:|---|")
    for name, measured, limit in figures:
        print(f"| {name} | {measured:,.1f} | {limit} | {'holds' if measured <= limit else 'DOES NOT HOLD'} |")
    return all(measured <= limit for _, measured, limit in figures)
