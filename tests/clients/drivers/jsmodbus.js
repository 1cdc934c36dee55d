// jsmodbus: does the steps of the JSON task in its argument, prints the values read.
'use strict'

const net = require('net')
const Modbus = require('jsmodbus')
const { SerialPort } = require('serialport')

const task = JSON.parse(process.argv[2])
const WORDS = { float32: 2, uint16: 1, uint32: 2 }
const METHOD = { float32: 'FloatBE', uint16: 'UInt16BE', uint32: 'UInt32BE' }
const TIMEOUT = 2000

function open (target) {
  if (!target.device) {
    const socket = net.connect(target.port, target.host)
    return [socket, new Modbus.client.TCP(socket, task.unit, TIMEOUT), 'connect']
  }
  const { device: path, speed: baudRate, parity, stop_bits: stopBits } = target
  const words = { N: 'none', E: 'even', O: 'odd' }
  const socket = new SerialPort({ path, baudRate, parity: words[parity], stopBits })
  return [socket, new Modbus.client.RTU(socket, task.unit, TIMEOUT), 'open']
}

function fail (error) {
  const body = error.response && error.response.body
  const code = body && body.code !== undefined ? `, exception ${body.code}` : ''
  console.error('jsmodbus:', (error.message || error.err || error) + code)
  process.exit(1)
}

const [socket, client, ready] = open(task.target)
socket.on('error', fail)
socket.on(ready, async () => {
  try {
    const values = []
    for (const { step, table, address, kind, count, value } of task.steps) {
      if (step === 'write') {
        const data = Buffer.alloc(2 * WORDS[kind])
        data['write' + METHOD[kind]](value)
        await client.writeMultipleRegisters(address, data)
        continue
      }
      const words = count * WORDS[kind]
      const { response } = table === 'input'
        ? await client.readInputRegisters(address, words)
        : await client.readHoldingRegisters(address, words)
      const data = response.body.valuesAsBuffer
      for (let n = 0; n < count; n++) values.push(data['read' + METHOD[kind]](2 * n * WORDS[kind]))
    }
    console.log(JSON.stringify(values))
    process.exit(0)
  } catch (error) {
    fail(error)
  }
})
