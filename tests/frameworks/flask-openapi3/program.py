from flask_openapi3 import FileStorage, OpenAPI
from flask_orders import write_documents

write_documents(OpenAPI, FileStorage)
