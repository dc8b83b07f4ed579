from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alarms", "0004_by_people"),
    ]

    operations = [
        migrations.CreateModel(
            name="SourceRow",
            fields=[
                ("name", models.CharField(max_length=512, primary_key=True, serialize=False)),
                ("heard_us", models.BigIntegerField(null=True)),
                ("token_id", models.BigIntegerField(null=True)),
                ("silent_minutes", models.IntegerField(db_default=0)),
                ("watched_us", models.BigIntegerField(db_default=0)),
                ("silent_us", models.BigIntegerField(null=True)),
            ],
            options={"db_table": "alarms_source"},
        ),
        migrations.AddIndex(
            model_name="sourcerow",
            index=models.Index(
                fields=["token_id"],
                name="alarms_sources_of_token",
                condition=models.Q(("token_id__isnull", False)),
            ),
        ),
        migrations.AddIndex(
            model_name="sourcerow",
            index=models.Index(
                fields=["name"], name="alarms_sources_watched", condition=models.Q(("silent_minutes__gt", 0))
            ),
        ),
    ]
