from copy import deepcopy

from matrix import BY_HAND, by_hand, write
from pydantic_models import CURED, SHIPPED, Event, Order, Shipped, bodies
from ravyn import Gateway, Ravyn, WebhookGateway, post, whpost


@post("/orders")
async def order(data: Order) -> None: ...


@post("/event")
async def event(data: Event) -> None: ...


@whpost("shipped", status_code=204)
async def shipped(data: Shipped) -> None: ...


app = Ravyn(
    routes=[Gateway(handler=order), Gateway(handler=event)],
    webhooks=[WebhookGateway(handler=shipped)],
    enable_openapi=True,
)
written = app.openapi_config.openapi(app)
own = written["webhooks"]["shipped"]
written = by_hand(deepcopy(written))
cured = deepcopy(written)
written["webhooks"] = {**BY_HAND["webhooks"], "shipped": own}

write("written", written, bodies())
write("cured", cured, bodies(SHIPPED.model_copy(update=CURED)))
