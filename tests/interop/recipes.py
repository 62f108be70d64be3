"""The recipes of docs/integrate, copied out of the pages themselves, so that what is tested is what a reader copies.

A file of a recipe is a fenced block after the line `<!-- recipe: NAME/FILE -->`.
"""

import json
import pathlib
import re
import sys

PAGES = pathlib.Path(__file__).resolve().parents[2] / "docs/integrate"
BLOCK = re.compile(r"^<!-- recipe: (\S+?)/(\S+) -->\n+```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def extract(page, name, folder, values):
    """Writes the files of a recipe to a folder, with other values in the place of the page's. Returns the folder."""
    files = {file: text for recipe, file, text in BLOCK.findall((PAGES / page).read_text("utf-8")) if recipe == name}
    if not files:
        raise LookupError(f"{page} has no recipe {name}")
    for file, text in files.items():
        for word, value in values.items():
            text = text.replace(word, str(value))
        path = pathlib.Path(folder, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return pathlib.Path(folder)


def amend(page, name, folder, values):
    """Changes files of another recipe, which are in the folder, as this one's `FILE.diff` say. Empty lines part their hunks."""
    for diff in extract(page, name, folder, values).glob("*.diff"):
        text = diff.with_suffix("").read_text("utf-8")
        for hunk in diff.read_text("utf-8").split("\n\n"):
            before, after = ("".join(line[1:] + "\n" for line in hunk.splitlines() if line[0] in sides) for sides in [" -", " +"])
            if text.count(before) != 1:
                raise LookupError(f"{page}: {name} changes lines that are not there once:\n{before}")
            text = text.replace(before, after)
        diff.with_suffix("").write_text(text, "utf-8")


if __name__ == "__main__":  # recipes.py PAGE NAME FOLDER VALUES, the values as JSON
    page, name, folder, values = sys.argv[1:]
    extract(page, name, folder, json.loads(values))
