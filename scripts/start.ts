/** `npm start`: a WeChat and a shop on this machine, ready to pay. */
import { styleText } from 'node:util'
import { startStack } from './stack.ts'

try {
  const stack = await startStack({
    simulatorPort: port('SIMULATOR_PORT', 9090),
    simulatorHttpsPort: port('SIMULATOR_HTTPS_PORT', 9443),
    shopPort: port('SHOP_PORT', 8080),
    // The simulated WeChat forgets everything when it stops; so does, unless told otherwise, the shop.
    database: process.env['DATABASE'] ?? ':memory:',
    print: (text) => process.stdout.write(text),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stack.stop())
  process.stdout.write(`
  ${styleText(['bold', 'green'], '收银 Shouyin')}  打开下面的网页，在“手机”里点菜单、挑一件、付款：
                Open this page, tap the menu on the phone, choose something and pay:

      ${styleText(['bold', 'underline'], `${stack.simulatorUrl}/`)}

  支付密码 payment password: 123456    商城 shop: ${stack.shopUrl}/    退出 stop: Ctrl+C
`)
  await stack.ended
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

function port(name: string, otherwise: number): number {
  const text = process.env[name]
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value
  throw new Error(`${name} 不是有效端口 / is not a port: ${text}`)
}
