import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0008_quota_state"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recall",
            fields=[
                ("send_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("asked_us", models.BigIntegerField()),
                ("asked_by", models.CharField(max_length=150)),
                ("due_us", models.BigIntegerField(null=True)),
                ("tries", models.IntegerField(default=0)),
                ("answered_us", models.BigIntegerField(null=True)),
                ("http_status", models.IntegerField(null=True)),
                ("code", models.CharField(default="", max_length=100)),
                ("text", models.TextField(default="")),
                ("reason", models.CharField(default="", max_length=64)),
            ],
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(
                    django.db.models.lookups.Exact(
                        django.db.models.expressions.CombinedExpression(models.F("manner"), "&", models.Value(64)), 64
                    ),
                    ("state", "sent"),
                ),
                fields=["alarm_id", "id", "sent_us"],
                name="delivery_to_recall",
            ),
        ),
        migrations.AddIndex(
            model_name="recall",
            index=models.Index(
                condition=models.Q(("due_us__isnull", False)), fields=["due_us"], name="delivery_recall_due"
            ),
        ),
    ]
