"""What the pages of docs/integrate show as a recipe is run."""

import unittest

from programs import HERE
import recipes


class Pages(unittest.TestCase):
    def test_every_recipe_has_a_test_that_names_it(self):
        tests = [*HERE.glob("*/test_*.py"), *HERE.glob("*/*.test.mjs")]
        tests = "".join(path.read_text("utf-8") for path in tests)
        shown = {recipe for page in recipes.PAGES.glob("*.md") for recipe, _, _ in recipes.BLOCK.findall(page.read_text("utf-8"))}
        self.assertGreater(len(shown), 20)
        self.assertEqual([name for name in sorted(shown) if f'"{name}"' not in tests and f"'{name}'" not in tests], [])

    def test_every_block_that_says_it_is_a_recipe_is_one(self):
        for page in recipes.PAGES.glob("*.md"):
            text = page.read_text("utf-8")
            self.assertEqual(text.count("<!-- recipe:"), len(recipes.BLOCK.findall(text)), page.name)
