from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='erasure',
            name='outfits',
            field=models.JSONField(default=list),
        ),
    ]
