from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0009_recalls"),
    ]

    operations = [
        migrations.CreateModel(
            name="SilentLane",
            fields=[
                ("lane", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("since_us", models.BigIntegerField()),
                ("noticed_us", models.BigIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["notice_id"], name="delivery_of_notice", condition=models.Q(("notice_id__isnull", False))
            ),
        ),
    ]
