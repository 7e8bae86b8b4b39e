"""moto plays Amazon SNS: a topic with one subscription over HTTP."""

import boto3
import events
from botocore.config import Config
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(port=0)
server.start()
host, port = server.get_host_and_port()
client = boto3.client(
    "sns",
    endpoint_url=f"http://{host}:{port}",
    region_name="us-east-1",
    aws_access_key_id="a",
    aws_secret_access_key="b",
    config=Config(retries={"total_max_attempts": 1}),
)
topic = client.create_topic(Name="orders")["TopicArn"]
client.subscribe(TopicArn=topic, Protocol="http", Endpoint=events.URL)


def send(event):
    client.publish(TopicArn=topic, Subject=event, Message=f"The phase is {event}.")


events.each(send)
server.stop()
