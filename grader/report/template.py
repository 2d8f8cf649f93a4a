"""Finds the templates of pages, with their words in the reader's language."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from grader.report.language import Language


def template(name: str, language: Language) -> Template:
    """Return the template ``name`` of ``templates/``, translated, which knows its ``language``."""
    environment = Environment(
        loader=PackageLoader("grader.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = language.translations
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    return environment.get_template(name, globals={"language": language.code})
