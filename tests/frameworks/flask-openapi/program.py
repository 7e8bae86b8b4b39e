from flask_openapi import FileStorage, OpenAPI
from flask_orders import write_documents

write_documents(OpenAPI, FileStorage)
