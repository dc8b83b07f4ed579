from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0011_trouble_told"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_of_digest"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["digest", "-id"], name="delivery_in_digest", condition=models.Q(("digest", ""), _negated=True)
            ),
        ),
    ]
