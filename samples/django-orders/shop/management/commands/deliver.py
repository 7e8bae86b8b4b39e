from django.core.management import BaseCommand

from shop.deliveries import deliver_due


class Command(BaseCommand):
    help = "Send what is due; to be run every minute."

    def handle(self, **_):
        deliver_due()
