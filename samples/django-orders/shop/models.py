"""Orders, and the events that are still to be delivered: an outbox."""

from django.db import models


class Order(models.Model):
    id = models.CharField(primary_key=True, max_length=40)
    amount = models.DecimalField(max_digits=9, decimal_places=2)

    def __str__(self):
        return self.id


class Delivery(models.Model):
    url = models.URLField()
    event = models.JSONField()
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField()
    done = models.BooleanField(default=False)

    def __str__(self):
        return self.url
