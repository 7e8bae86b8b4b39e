"""The A2A SDK pushes what happens to a task to the URL in a client's configuration."""

import asyncio

import events
import httpx
from a2a.server.context import ServerCallContext
from a2a.server.tasks import (
    BasePushNotificationSender,
    InMemoryPushNotificationConfigStore,
)
from a2a.types.a2a_pb2 import (
    Artifact,
    Part,
    Task,
    TaskArtifactUpdateEvent,
    TaskPushNotificationConfig,
    TaskState,
    TaskStatus,
    TaskStatusUpdateEvent,
)

DONE = TaskStatus(state=TaskState.TASK_STATE_COMPLETED)
store = InMemoryPushNotificationConfigStore()


def happened(task):
    """Return the three kinds of events in turn."""
    if task == "410":
        return TaskStatusUpdateEvent(task_id=task, context_id="c", status=DONE)
    if task == "307":
        artifact = Artifact(artifact_id="a", parts=[Part(text="The answer is 7.")])
        return TaskArtifactUpdateEvent(task_id=task, context_id="c", artifact=artifact)
    return Task(id=task, context_id="c", status=DONE)


async def push(task):
    config = TaskPushNotificationConfig(url=events.URL, token="token", id="1")
    await store.set_info(task, config, ServerCallContext())
    async with httpx.AsyncClient() as client:
        await BasePushNotificationSender(client, store).send_notification(
            task, happened(task)
        )


events.each(lambda event: asyncio.run(push(event)))
