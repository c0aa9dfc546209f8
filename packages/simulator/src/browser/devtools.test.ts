/** What goes through the pipe to the browser and back. */
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createDevtools, type DevtoolsEvent } from './devtools.ts'

function pipe(): { input: PassThrough; output: PassThrough; devtools: ReturnType<typeof createDevtools> } {
  const [input, output] = [new PassThrough(), new PassThrough()]
  return { input, output, devtools: createDevtools({ input, output }) }
}

test('a call is a text with an end; its answer comes under its number, however the bytes are cut', async () => {
  const { input, output, devtools } = pipe()
  const [first, second] = [devtools.send('Page.enable', {}, 'a page'), devtools.send('Browser.close')]
  expect(String(input.read())).toBe(
    '{"id":1,"method":"Page.enable","params":{},"sessionId":"a page"}\0{"id":2,"method":"Browser.close","params":{}}\0',
  )
  const bytes = Buffer.from('{"id":2,"result":{"二":2}}\0{"id":1,"result":{"一":1}}\0')
  for (const byte of bytes) output.write(Buffer.from([byte]))
  expect(await Promise.all([first, second])).toEqual([{ 一: 1 }, { 二: 2 }])
})

test('the browser’s refusal is an error in its words', async () => {
  const { output, devtools } = pipe()
  const call = devtools.send('Page.navigate')
  output.write('{"id":1,"error":{"code":-32000,"message":"Cannot navigate"}}\0')
  await expect(call).rejects.toThrow('Cannot navigate')
})

test('events are heard with the page that they are about', async () => {
  const { output, devtools } = pipe()
  const heard: DevtoolsEvent[] = []
  devtools.listen((event) => heard.push(event))
  output.end('{"method":"Page.loadEventFired","params":{"timestamp":1},"sessionId":"a page"}\0')
  await new Promise((resolve) => output.once('end', resolve))
  expect(heard).toEqual([{ method: 'Page.loadEventFired', params: { timestamp: 1 }, sessionId: 'a page' }])
})

test('who waits when the browser ends is told so', async () => {
  const { output, devtools } = pipe()
  const call = devtools.send('Page.enable')
  output.destroy()
  await expect(call).rejects.toThrow('浏览器已退出')
})
