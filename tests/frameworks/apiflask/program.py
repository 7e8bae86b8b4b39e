from apiflask import APIFlask
from apiflask.fields import File
from marshmallow_models import EVENT, Order, Paid, Refunded, Shipped, bodies, cure
from marshmallow_models import Receipt as Form
from matrix import by_hand, write


class Receipt(Form):
    file = File(required=True)


def document():
    app = APIFlask(__name__)
    app.spec_processor(lambda tree: by_hand(tree, Event=EVENT))

    @app.post("/orders")
    @app.input(Order)
    def order(json_data): ...

    @app.post("/receipt")
    @app.input(Receipt, location="form_and_files")
    def receipt(form_and_files_data): ...

    @app.post("/paid")
    @app.input(Paid)
    def paid(json_data): ...

    @app.post("/refunded")
    @app.input(Refunded)
    def refunded(json_data): ...

    @app.post("/shipped")
    @app.input(Shipped)
    def shipped(json_data): ...

    with app.app_context():
        return app.spec


write("written", document(), bodies())
cured = document()
cure(cured["components"]["schemas"])
write("cured", cured, bodies(), formats={"time": "offset-optional"})
