"""The landlord's files: `import_file` reads one into the database and says what it did."""

from bot.imports.report import FileRefused, Refusal, Report
from bot.imports.run import KINDS, import_file

__all__ = ["KINDS", "FileRefused", "Refusal", "Report", "import_file"]
