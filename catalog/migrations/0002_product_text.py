"""The index of catalog/text.py: its expression, to the letter. SQLite searches text without one."""

from django.db import migrations

CREATE = """
CREATE INDEX product_text ON catalog_product USING gin (
    to_tsvector('simple', regexp_replace(title || ' ' || brand || ' ' || description, '[!-/:-@[-`{-~]', ' ', 'g'))
)
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX product_text")


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
