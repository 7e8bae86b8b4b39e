"""An invoices API on aiohttp, which calls back from tasks of its own.

It knows nothing of cbmock. An invoice may say how the API errs: `path`, `event`, `times`.
"""

import asyncio

from aiohttp import ClientSession, web

PAID = {"description": "Payment celebration", "paid": True}

routes = web.RouteTableDef()
tasks = set()


@routes.post("/invoices/")
async def create_invoice(request):
    invoice = await request.json()
    base = f"{request.query['callback_url']}/{invoice.get('path', 'invoices')}"
    task = asyncio.create_task(pay(f"{base}/{invoice['id']}", invoice))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return web.json_response({"msg": "Invoice received"})


async def pay(url, invoice):
    async with ClientSession() as session:
        for _ in range(invoice.get("times", 1)):
            await deliver(session, url, invoice.get("event", PAID))


async def deliver(session, url, event):
    for pause in (0.01, 0.02, 0):
        async with session.post(url, json=event) as answer:
            if answer.status != 503:
                return
        await asyncio.sleep(pause)


def create_app():
    app = web.Application()
    app.add_routes(routes)
    return app
