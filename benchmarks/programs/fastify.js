// fastify with ajv, as one would write the receiver by hand: no journal, no document.
// node fastify.js PORT NODE_MODULES, with the schemas in the current folder.
const fs = require('fs')
const [port, modules] = [Number(process.argv[2]), process.argv[3]]
const Ajv = require(`${modules}/ajv/dist/2020`)
const fastify = require(`${modules}/fastify`)({ bodyLimit: 64 * 2 ** 20 })

const ajv = new Ajv({ strict: false, logger: false })
fastify.setValidatorCompiler(({ schema }) => ajv.compile(schema))
const paths = { invoice: '/events/invoices/:id', push: '/webhooks/push' }
for (const [name, path] of Object.entries(paths)) {
  const body = JSON.parse(fs.readFileSync(`${name}.json`))
  fastify.post(path, { schema: { body } }, async () => ({ ok: true }))
}
fastify.listen({ port, host: '127.0.0.1' })
