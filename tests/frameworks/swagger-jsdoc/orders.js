/**
 * @openapi
 * /orders:
 *   post:
 *     requestBody:
 *       content:
 *         application/json:
 *           schema: {type: object, properties: {callback_url: {type: string}}}
 *     responses: {"201": {description: ordered}}
 *     callbacks:
 *       paid:
 *         "{$request.body#/callback_url}/orders/{order_id}":
 *           post:
 *             security: [{bearer: []}]
 *             parameters:
 *               - {name: order_id, in: path, required: true, schema: {type: integer}}
 *               - {name: X-Attempt, in: header, required: true, schema: {type: integer}}
 *             requestBody:
 *               required: true
 *               content:
 *                 application/json: {schema: {$ref: "#/components/schemas/Event"}}
 *             responses: {"204": {description: received}}
 * components:
 *   schemas:
 *     Paid:
 *       type: object
 *       required: [kind, order_id, amount, at, due]
 *       properties:
 *         kind: {type: string, enum: [paid]}
 *         order_id: {type: integer}
 *         amount: {type: string}
 *         at: {type: string, format: date-time}
 *         due: {type: [string, "null"], format: date}
 *     Refunded:
 *       type: object
 *       required: [kind, order_id, reason]
 *       properties:
 *         kind: {type: string, enum: [refunded]}
 *         order_id: {type: integer}
 *         reason: {type: string, enum: [lost, broken]}
 *     Event:
 *       oneOf: [{$ref: "#/components/schemas/Paid"}, {$ref: "#/components/schemas/Refunded"}]
 */

/**
 * @openapi
 * webhooks:
 *   shipped:
 *     post:
 *       security: [{token: []}]
 *       requestBody:
 *         required: true
 *         content:
 *           application/json: {schema: {$ref: "#/components/schemas/Shipped"}}
 *       responses: {"204": {description: received}}
 * components:
 *   schemas:
 *     Shipped:
 *       type: object
 *       required: [id, tracking, parcels]
 *       properties:
 *         id: {type: string, format: uuid}
 *         shipped_on: {type: string, format: date}
 *         tracking: {type: [string, "null"]}
 *         parcels: {type: object, additionalProperties: {type: integer}}
 */

/**
 * @openapi
 * webhooks:
 *   receipt:
 *     post:
 *       security: [{token: []}]
 *       requestBody:
 *         required: true
 *         content:
 *           multipart/form-data:
 *             schema:
 *               type: object
 *               required: [file]
 *               properties: {file: {type: string, format: binary}, amount: {type: string}}
 *       responses: {"204": {description: received}}
 */
