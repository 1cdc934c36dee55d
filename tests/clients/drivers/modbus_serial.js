// modbus-serial: does the steps of the JSON task in its argument, prints the values read.
'use strict'

const ModbusRTU = require('modbus-serial')

const task = JSON.parse(process.argv[2])
const WORDS = { float32: 2, uint16: 1, uint32: 2 }
const METHOD = { float32: 'FloatBE', uint16: 'UInt16BE', uint32: 'UInt32BE' }

async function connect (client, target) {
  if (target.device) {
    const { device, speed, parity, stop_bits: stopBits } = target
    const words = { N: 'none', E: 'even', O: 'odd' }
    await client.connectRTUBuffered(device, { baudRate: speed, parity: words[parity], stopBits })
  } else {
    await client.connectTCP(target.host, { port: target.port })
  }
  client.setID(task.unit)
  client.setTimeout(2000)
}

async function main () {
  const client = new ModbusRTU()
  await connect(client, task.target)
  const values = []
  for (const { step, table, address, kind, count, value } of task.steps) {
    if (step === 'write') {
      const data = Buffer.alloc(2 * WORDS[kind])
      data['write' + METHOD[kind]](value)
      await client.writeRegisters(address, data)
      continue
    }
    const read = table === 'input' ? client.readInputRegisters : client.readHoldingRegisters
    const { buffer } = await read.call(client, address, count * WORDS[kind])
    for (let n = 0; n < count; n++) values.push(buffer['read' + METHOD[kind]](2 * n * WORDS[kind]))
  }
  console.log(JSON.stringify(values))
  client.close(() => process.exit(0))
}

main().catch((error) => {
  console.error('modbus-serial:', error.message || error)
  process.exit(1)
})
