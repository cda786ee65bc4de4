import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('images', '0003_review_and_corrections'),
    ]

    operations = [
        migrations.AddField(
            model_name='garment',
            name='due_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='garment',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='garment_due'),
        ),
        migrations.AlterField(
            model_name='descriptor',
            name='model_version',
            field=models.CharField(blank=True, db_index=True, max_length=12),
        ),
        migrations.AddField(
            model_name='correction',
            name='image',
            # The default is for nobody: there was no way yet to write a correction.
            field=models.ForeignKey(default=uuid.UUID(int=0), on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='images.image'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='correction',
            name='garment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='corrections', to='images.garment'),
        ),
    ]
