from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0010_silent_lanes"),
    ]

    operations = [
        migrations.AddField(
            model_name="lane",
            name="trouble_told_us",
            field=models.BigIntegerField(null=True),
        ),
    ]
