/** What a page inside the phone may tell it. Any page can post any message: everything is read with care. */
import type { BridgePage } from '../bridge/bridge-host.ts'

export type PageMessage =
  | { simulator: 'moved'; title: string; page: BridgePage }
  | { simulator: 'alert'; text: string; page: BridgePage }
  | {
      simulator: 'invoke'
      id: number
      method: string
      parameters: Record<string, unknown>
      page: BridgePage
    }

/** The message, or undefined when it is none of ours, or of a page that claims to be elsewhere than at `origin`. */
export function readPageMessage(data: unknown, origin: string): PageMessage | undefined {
  if (!isRecord(data)) return undefined
  const page = readPage(data['page'])
  if (page === undefined || !isAt(page.currentUrl, origin) || !isAt(page.landingUrl, origin)) return undefined
  const { simulator, title, text, id, method, parameters } = data
  if (simulator === 'moved' && typeof title === 'string') return { simulator, title, page }
  if (simulator === 'alert' && typeof text === 'string') return { simulator, text, page }
  if (simulator !== 'invoke' || typeof id !== 'number' || typeof method !== 'string') return undefined
  return { simulator, id, method, parameters: isRecord(parameters) ? parameters : {}, page }
}

function readPage(value: unknown): BridgePage | undefined {
  if (!isRecord(value)) return undefined
  const { currentUrl, landingUrl } = value
  if (typeof currentUrl !== 'string' || typeof landingUrl !== 'string') return undefined
  return { currentUrl, landingUrl }
}

function isAt(url: string, origin: string): boolean {
  return URL.canParse(url) && new URL(url).origin === origin
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
