/** From the bridge's answer to the result a page gets. Source: read off the real scripts; see `jweixin.result` in the vectors. */
import { pageName } from './jweixin-names.ts'

type Result = Record<string, unknown>

export interface Circumstances {
  /** 1.0.0 keeps the native prefix; all later ones put the page's name. */
  version: string
  device: 'ios' | 'android' | 'other'
}

export function normalise(name: string, native: Result, circumstances: Circumstances): Result {
  const { err_code: _code, err_desc: _desc, err_detail: _detail, err_msg: message, ...rest } = native
  const errMsg =
    typeof rest['errMsg'] === 'string' ? rest['errMsg'] : resultText(name, message, circumstances.version)
  return converted(name, { ...rest, ...(errMsg === undefined ? {} : { errMsg }) }, circumstances.device)
}

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

const ADDRESS: Readonly<Record<string, string>> = {
  addressPostalCode: 'postalCode',
  proviceFirstStageName: 'provinceName',
  addressCitySecondStageName: 'cityName',
  addressCountiesThirdStageName: 'countryName',
  addressDetailInfo: 'detailInfo',
}

function converted(name: string, result: Result, device: Circumstances['device']): Result {
  if (name === 'checkJsApi') return { ...result, checkResult: pageNames(result['checkResult'], device) }
  if (name === 'getNetworkType') return networkType(result)
  if (name === 'openAddress') {
    return Object.fromEntries(
      Object.entries(result).map(([member, value]) => [ADDRESS[member] ?? member, value]),
    )
  }
  return result
}

/** Android hands the list over as JSON text. */
function pageNames(checkResult: unknown, device: Circumstances['device']): unknown {
  const list: unknown =
    typeof checkResult === 'string' && device !== 'other' ? JSON.parse(checkResult) : checkResult
  if (typeof list !== 'object' || list === null) return list
  return Object.fromEntries(Object.entries(list).map(([member, value]) => [pageName(member), value]))
}

function networkType({ subtype, errMsg, ...rest }: Result): Result {
  const kind = String(errMsg).split(':')[1] ?? ''
  const known = ['wifi', 'edge', 'wwan'].includes(kind)
  if (!known) return { ...rest, errMsg: 'getNetworkType:fail' }
  return { ...rest, errMsg: 'getNetworkType:ok', networkType: subtype ?? kind }
}
