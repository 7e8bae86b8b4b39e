"""The objects that a test uses: receivers, senders, waits and expectations."""
