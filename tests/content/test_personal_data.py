"""Every column of the database is declared: personal or not, with its retention and its export rule."""

from bot.content import Content
from bot.storage.tables import Table
from bot.storage.types import EncryptedJson, EncryptedText


def test_every_table_is_in_the_register_and_no_other(loaded_content: Content) -> None:
    assert loaded_content.personal_data.tables.keys() == Table.metadata.tables.keys()


def test_every_column_is_declared_once(loaded_content: Content) -> None:
    for name, declared in loaded_content.personal_data.tables.items():
        columns = Table.metadata.tables[name].columns
        own = {c.name for c in columns if c.name not in ("id", "organisation_id") and not c.foreign_keys}
        said = [*declared.told, *declared.held, *declared.plain]
        assert len(said) == len(set(said)), name
        # A new column that nobody declared is neither exported, nor withheld for a reason, nor harmless.
        assert own == set(said), (name, own ^ set(said))


def test_a_row_that_names_a_tenant_is_never_nobodys(loaded_content: Content) -> None:
    for name, declared in loaded_content.personal_data.tables.items():
        targets = {
            key.column.table.name for c in Table.metadata.tables[name].columns for key in c.foreign_keys
        }
        assert declared.is_personal or not targets & {"person", "chat", "lease", "case_file"}, name


def test_what_is_encrypted_in_a_row_about_somebody_is_personal(loaded_content: Content) -> None:
    for name, declared in loaded_content.personal_data.tables.items():
        for column in Table.metadata.tables[name].columns:
            if declared.is_personal and isinstance(column.type, EncryptedText | EncryptedJson):
                assert column.name in declared.told | declared.held, (name, column.name)
