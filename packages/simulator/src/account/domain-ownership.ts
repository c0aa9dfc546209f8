/**
 * 业务域名校验: before a domain counts, WeChat fetches a file of the account from it. Source: 公众号文档, 网页授权域名 and
 * JS接口安全域名; the words of the console as reported.
 */
import { seededRandom } from '../random.ts'
import type { Simulation } from '../simulation.ts'
import type { OfficialAccount } from '../world.ts'

/** What the account's owner puts at the root of a domain. */
export interface OwnershipFile {
  /** `MP_verify_` and sixteen characters. */
  name: string
  /** The sixteen characters. */
  content: string
}

export type OwnershipProof = 'found' | 'unreachable' | 'differs'

export const DOMAIN_KINDS = ['authorizationDomains', 'jsDomains'] as const
export type DomainKind = (typeof DOMAIN_KINDS)[number]

const MOST_DOMAINS: Record<DomainKind, number> = { authorizationDomains: 2, jsDomains: 5 }
const WITHIN_MS = 5000

export function ownershipFile(seed: string, appid: string): OwnershipFile {
  const content = seededRandom(`${seed}:ownership:${appid}`).text(16)
  return { name: `MP_verify_${content}.txt`, content }
}

/** Looks for the file by https, then by http, below the path that is part of the domain. Follows no redirect. */
export async function proveOwnership(
  { fetch }: Pick<Simulation, 'fetch'>,
  domain: string,
  { name, content }: OwnershipFile,
): Promise<OwnershipProof> {
  let proof: OwnershipProof = 'unreachable'
  for (const scheme of ['https', 'http']) {
    const text = await textAt(fetch, `${scheme}://${domain.replace(/\/$/, '')}/${name}`)
    if (text === content) return 'found'
    if (text !== undefined) proof = 'differs'
  }
  return proof
}

/** Undefined when there is nothing at the address, or more than a file of a few bytes. */
async function textAt(fetch: Simulation['fetch'], url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(WITHIN_MS) })
    const [first] = await firstChunk(response)
    return response.status === 200 ? new TextDecoder().decode(first).trimEnd() : undefined
  } catch {
    return undefined
  }
}

/** A page of HTML in place of the file differs from it at once; nobody needs the rest. */
async function firstChunk({ body }: Response): Promise<Uint8Array[]> {
  for await (const chunk of body ?? []) return [chunk]
  return []
}

/** Why the console would not save this domain, whatever lies on it; undefined when it would look for the file. */
export function domainProblem(
  account: OfficialAccount,
  kind: DomainKind,
  domain: string,
): string | undefined {
  const isAddress = /^\d{1,3}(\.\d{1,3}){3}(:|\/|$)/.test(domain)
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?(\/[\w-]+)*\/?$/i.test(domain))
    return '域名不带协议、参数或空格 a domain has no scheme, no query and no space'
  if (!account.testAccount && (isAddress || domain.includes(':') || !domain.includes('.')))
    return '不支持 IP 地址、端口号及短链域名 no IP address, no port, no bare name'
  const others = account[kind].filter((each) => each !== domain)
  return others.length >= MOST_DOMAINS[kind]
    ? `最多 ${MOST_DOMAINS[kind]} 个域名 at most ${MOST_DOMAINS[kind]} domains`
    : undefined
}

/** The console's words. */
export function ownershipProblem(
  domain: string,
  { name }: OwnershipFile,
  proof: OwnershipProof,
): string | undefined {
  if (proof === 'found') return undefined
  return proof === 'differs'
    ? `${name} 内容与下载文件不符 its content is not that of the file`
    : `无法访问${domain}指向的web服务器（或虚拟主机）的目录，请检查网络设置`
}
