/** A domain counts when the account's file lies on it, and pages of it then do. */
import { describe, expect, test } from 'vitest'
import { type MerchantScene, openScene } from '../merchant.fixture.ts'

/** A scene whose web answers `served`, by address; anything else is not reached. */
function onWeb(served: (scene: MerchantScene) => Record<string, Response>): MerchantScene {
  const scene = openScene()
  scene.acknowledge = () => {
    const { url = '' } = scene.delivered.at(-1) ?? {}
    const answer = served(scene)[url]
    if (answer === undefined) throw new TypeError('fetch failed')
    return answer
  }
  return scene
}

async function fileOf({ control, account }: MerchantScene): Promise<{ name: string; content: string }> {
  return (await control(`accounts/${account.appid}/ownership-file`)) as { name: string; content: string }
}

function add({ control, account }: MerchantScene, domain: string, kind = 'jsDomains'): Promise<unknown> {
  return control(`accounts/${account.appid}/domains`, { kind, domain })
}

test('the file is named after what it says, and stays the same', async () => {
  const scene = openScene()
  const { name, content } = await fileOf(scene)
  expect(content).toMatch(/^\w{16}$/)
  expect(name).toBe(`MP_verify_${content}.txt`)
  expect(await fileOf(openScene())).toEqual({ name, content })
})

test.each(['https', 'http'])('a domain with the file by %s is saved', async (scheme) => {
  const { name, content } = await fileOf(openScene())
  const scene = onWeb(() => ({ [`${scheme}://m.example.com/pay/${name}`]: new Response(`${content}\n`) }))
  expect(await add(scene, 'm.example.com/pay')).toEqual({
    jsDomains: ['shop.example.com', 'm.example.com/pay'],
    proof: 'found',
  })
  expect(scene.world.officialAccounts[0]?.jsDomains).toContain('m.example.com/pay')
})

describe('is not saved', () => {
  test('without the file', async () => {
    const scene = onWeb(() => ({}))
    await expect(add(scene, 'm.example.com')).rejects.toThrow(
      '无法访问m.example.com指向的web服务器（或虚拟主机）的目录，请检查网络设置',
    )
    expect(scene.account.jsDomains).toEqual(['shop.example.com'])
  })

  test("with a single-page application's index in its place", async () => {
    const { name } = await fileOf(openScene())
    const scene = onWeb(() => ({ [`https://m.example.com/${name}`]: new Response('<!doctype html>') }))
    await expect(add(scene, 'm.example.com')).rejects.toThrow(`${name} 内容与下载文件不符`)
  })

  test.each(['https://m.example.com', 'm.example.com?x=1', 'm.example.com:8080', '127.0.0.1', 'localhost'])(
    'when it reads %s',
    async (domain) => {
      await expect(add(openScene(), domain)).rejects.toThrow(/^400 /)
    },
  )

  test('beyond the most that an account may have', async () => {
    const scene = openScene()
    scene.account.authorizationDomains.push('a.example.com')
    await expect(add(scene, 'b.example.com', 'authorizationDomains')).rejects.toThrow('最多 2 个域名')
  })

  test('for an account that nobody has', async () => {
    const call = openScene().control('accounts/wx1/domains', { kind: 'jsDomains', domain: 'a.example.com' })
    await expect(call).rejects.toThrow('没有这个公众号')
  })
})

test('a test account proves nothing, and may have a port', async () => {
  const scene = onWeb(() => ({}))
  scene.account.testAccount = true
  expect(await add(scene, '127.0.0.1:8080')).toMatchObject({ proof: 'unreachable' })
})
