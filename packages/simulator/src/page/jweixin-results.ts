/** From the bridge's answer to the result a page gets. Source: read off the real scripts; see `jweixin.result` in the vectors. */
import { pageName } from './jweixin-names.ts'

type Result = Record<string, unknown>

export interface Circumstances {
  /** 1.0.0 keeps the native prefix; all later ones put the page's name. */
  version: string
  device: 'ios' | 'android' | 'other'
}

export function normalise(name: string, native: Result, circumstances: Circumstances): Result {
  const { err_code: code, err_desc: _desc, err_detail: _detail, err_msg: message, ...rest } = native
  const errMsg =
    typeof rest['errMsg'] === 'string' ? rest['errMsg'] : resultText(name, message, circumstances.version)
  const kept = code !== undefined && KEEP_CODE.includes(name) ? { errCode: code } : {}
  const result = { ...rest, ...kept, ...(errMsg === undefined ? {} : { errMsg }) }
  return CONVERSIONS[name]?.(result, circumstances.device) ?? result
}

/** All others lose the native code. */
const KEEP_CODE = ['openEnterpriseChat', 'openBusinessView']

function resultText(name: string, message: unknown, version: string): string | undefined {
  if (message === undefined)
    return version === '1.0.0' ? undefined : `${name}:${name === 'config' ? 'ok' : 'fail'}`
  const text = String(message)
  const colon = text.indexOf(':')
  const prefix = text.slice(0, colon)
  const outcome = outcomeOf(name, text.slice(colon + 1), version)
  return `${version === '1.0.0' ? oldPrefix(name, prefix) : name}:${outcome}`
}

function outcomeOf(name: string, raw: string, version: string): string {
  const text = (raw === 'confirm' ? 'ok' : raw === 'failed' ? 'fail' : raw)
    .replace(/^failed_/, '')
    .replace(/^fail_/, '')
    .replaceAll('_', ' ')
    .toLowerCase()
  if (text === 'access denied' || text === 'no permission to execute') return 'permission denied'
  if (name === 'config' && text === 'function not exist') return 'ok'
  return text === '' && version !== '1.0.0' ? 'fail' : text
}

/** 1.0.0 camel-cases the native method's own name unless it is the one that was called. */
function oldPrefix(name: string, prefix: string): string {
  const camel = prefix.replaceAll(/_(\w)/g, (_whole, letter: string) => letter.toUpperCase())
  if (/^get_brand_wcpay_request$/i.test(prefix)) return name
  return pageName(camel)
}

type Conversion = (result: Result, device: Circumstances['device']) => Result

/** What becomes of the members of an answer, by the page's name of the call. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  checkJsApi: ({ checkResult, ...rest }, device) => ({
    ...rest,
    checkResult: pageNames(device === 'other' ? checkResult : parsed(checkResult)),
  }),
  chooseImage: ({ localIds, ...rest }, device) => ({
    ...rest,
    localIds: device === 'android' ? parsed(localIds) : localIds,
  }),
  getNetworkType: networkType,
  scanQRCode: ({ resultStr, ...rest }, device) => ({
    ...rest,
    resultStr: device === 'ios' ? scanned(resultStr) : resultStr,
  }),
  openAddress: (result) => renamed(result, ADDRESS),
  chooseCard: (result) => renamed(result, { choose_card_info: 'cardList' }),
  addCard: ({ card_list: list, ...rest }) => ({ ...rest, cardList: cardList(list) }),
  openBusinessView: ({ extraData, ...rest }, device) => ({
    ...rest,
    extraData: device === 'android' ? parsed(extraData) : extraData,
  }),
  getLocation: ({ type: _type, ...rest }) => rest,
}

const ADDRESS: Readonly<Record<string, string>> = {
  addressPostalCode: 'postalCode',
  proviceFirstStageName: 'provinceName',
  addressCitySecondStageName: 'cityName',
  addressCountiesThirdStageName: 'countryName',
  addressDetailInfo: 'detailInfo',
}

function renamed(result: Result, names: Readonly<Record<string, string>>): Result {
  return Object.fromEntries(Object.entries(result).map(([member, value]) => [names[member] ?? member, value]))
}

function pageNames(checkResult: unknown): unknown {
  if (typeof checkResult !== 'object' || checkResult === null) return checkResult
  return Object.fromEntries(Object.entries(checkResult).map(([member, value]) => [pageName(member), value]))
}

function networkType({ subtype, errMsg, ...rest }: Result): Result {
  const kind = String(errMsg).split(':')[1] ?? ''
  const known = ['wifi', 'edge', 'wwan'].includes(kind)
  if (!known) return { ...rest, errMsg: 'getNetworkType:fail' }
  return { ...rest, errMsg: 'getNetworkType:ok', networkType: subtype ?? kind }
}

/** iOS wraps what was read in a JSON text. */
function scanned(resultStr: unknown): unknown {
  const read = parsed(resultStr) as { scan_code?: { scan_result?: unknown } } | undefined
  return read?.scan_code?.scan_result ?? resultStr
}

function cardList(list: unknown): unknown {
  const cards = parsed(list)
  if (!Array.isArray(cards)) return cards
  return cards.map((card: Result) => ({
    cardId: card['card_id'],
    cardExt: card['card_ext'],
    isSuccess: card['is_succ'],
  }))
}

/** Some clients hand structures over as JSON text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
