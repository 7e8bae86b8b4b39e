from flask import Flask
from flask_smorest import Api, Blueprint
from flask_smorest.fields import Upload
from marshmallow_models import EVENT, Order, Paid, Refunded, Shipped, bodies, cure
from marshmallow_models import Receipt as Form
from matrix import BY_HAND, write


class Receipt(Form):
    file = Upload(required=True)


def document():
    app = Flask(__name__)
    app.config |= {
        "API_TITLE": "t",
        "API_VERSION": "1",
        "OPENAPI_VERSION": "3.1.0",
        "API_SPEC_OPTIONS": {"webhooks": BY_HAND["webhooks"]},
    }
    api = Api(app)
    orders = Blueprint("orders", __name__)

    @orders.route("/orders", methods=["POST"])
    @orders.doc(callbacks=BY_HAND["callbacks"])
    @orders.arguments(Order)
    def order(body): ...

    @orders.route("/receipt", methods=["POST"])
    @orders.arguments(Receipt, location="files")
    def receipt(files): ...

    for name, schema in {
        "Paid": Paid,
        "Refunded": Refunded,
        "Shipped": Shipped,
    }.items():
        api.spec.components.schema(name, schema=schema)
    api.spec.components.schema("Event", EVENT)
    for name, scheme in BY_HAND["securitySchemes"].items():
        api.spec.components.security_scheme(name, scheme)
    api.register_blueprint(orders)
    return api.spec.to_dict()


write("written", document(), bodies())
cured = document()
cure(cured["components"]["schemas"])
write("cured", cured, bodies(), formats={"time": "offset-optional"})
